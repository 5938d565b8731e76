// Made by `make openapi` from the description of the API.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AmdAnswer
         * @description AREDS stage.
         */
        AmdAnswer: {
            amd_stage: components["schemas"]["AmdStage"];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * AmdRequest
         * @description Request of `get_amd_stage`.
         */
        AmdRequest: {
            /** @description Of the volume, in mm, instead of both */
            geometry?: components["schemas"]["Geometry"] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Pixel Spacing Column
             * @description µm, here alone; or `geometry`
             */
            pixel_spacing_column?: number | null;
            /**
             * Slice Thickness
             * @description mm; with it drusen are measured across slices
             */
            slice_thickness?: number | null;
            /** Unique Scan Diseases */
            unique_scan_diseases: string[];
        };
        /**
         * AmdStage
         * @description Stage after the Age-Related Eye Disease Study.
         * @enum {string}
         */
        AmdStage: "NO_AMD" | "EARLY_AMD" | "INTERMEDIATE_AMD" | "ADVANCED_AMD";
        /**
         * AmountRequest
         * @description Request of `get_pathology_amount`.
         */
        AmountRequest: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
        };
        /**
         * AreaLevels
         * @description mm² by name and ring.
         */
        AreaLevels: {
            /** Areas */
            areas: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * AreaZones
         * @description mm² by name, ring and sector.
         */
        AreaZones: {
            /** Areas */
            areas: {
                [key: string]: {
                    [key: string]: {
                        [key: string]: number;
                    };
                };
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * AsymmetryAnswer
         * @description 4 x 8 cells each, rows from superior to inferior; null where either cell has no tissue.
         */
        AsymmetryAnswer: {
            /** Inferior */
            inferior: (number | null)[][];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Superior */
            superior: (number | null)[][];
        };
        /**
         * BScanInstances
         * @description Outlines on one B-scan.
         */
        BScanInstances: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Segm Instances Per Bscan */
            pathology_segm_instances_per_bscan: {
                className: string;
                /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                points: (number | number[] | {
                    x?: number;
                    y?: number;
                })[];
            }[];
            /** Pixel Spacing Column */
            pixel_spacing_column: number;
            /** Pixel Spacing Row */
            pixel_spacing_row: number;
        };
        /**
         * BScanPlace
         * @description Where a B-scan is stored: its instance, and its frame in it from 0.
         */
        BScanPlace: {
            /** Frame */
            frame: number;
            /** Instance */
            instance: string;
        };
        /**
         * CircleOverlapAnswer
         * @description Percent of the circles' area.
         */
        CircleOverlapAnswer: {
            /** 1Mm */
            "1mm": number;
            /** 3Mm */
            "3mm": number;
            /** 6Mm */
            "6mm": number;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * CircleRequest
         * @description Request of `get_etdrs`.
         */
        CircleRequest: {
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @description Whole border rows and columns of it are no tissue
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * Statistics
             * @description mean and, or std
             * @default [
             *       "mean"
             *     ]
             */
            statistics: components["schemas"]["Statistic"][];
            /**
             * @description Unit of the maps
             * @default px
             */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /** Used Layers */
            used_layers: string[];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * CompareAnswer
         * @description Newer minus older, µm.
         */
        CompareAnswer: {
            /** Comparable */
            comparable: boolean;
            /** Coverage */
            coverage: {
                [key: string]: {
                    [key: string]: components["schemas"]["SectorCoverage"];
                };
            };
            /** Days */
            days: number | null;
            /**
             * Etdrs
             * @description By ring and sector, as get_etdrs names them
             */
            etdrs: {
                [key: string]: {
                    [key: string]: number | null;
                };
            };
            /**
             * Map
             * @description 6 mm about the fovea, row 0 superior; null where not both
             */
            map: (number | null)[][];
            meta: components["schemas"]["ComparisonMeta"];
            /**
             * Reason
             * @description Why the numbers are not to be compared
             */
            reason: string | null;
            /**
             * Repeatability Um
             * @description Change that two scans of one visit show by chance
             */
            repeatability_um: {
                [key: string]: number;
            } | null;
        };
        /**
         * CompareRequest
         * @description The other visit.
         */
        CompareRequest: {
            /**
             * Computed
             * @description Use also layers that this service computed
             * @default false
             */
            computed: boolean;
            /**
             * Previous
             * @description Orthanc's id of a series or an instance
             */
            previous: string;
        };
        /**
         * ComparisonMeta
         * @description How to read the changes.
         */
        ComparisonMeta: {
            /**
             * Areas Mm2
             * @description Areas of the sectors, or null
             */
            areas_mm2: unknown;
            /**
             * Coverage
             * @description Share of every sector that holds values, 0 .. 1, or null
             */
            coverage: unknown;
            /** Map Spacing Mm */
            map_spacing_mm: number;
            /**
             * Names
             * @description What the keys of the answer are called
             */
            names: {
                [key: string]: unknown;
            };
            /** Newer */
            newer: {
                [key: string]: unknown;
            };
            /** Notice */
            notice: string;
            /** Older */
            older: {
                [key: string]: unknown;
            };
            /**
             * Parameters
             * @description What the answer was computed with
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * References
             * @description Literature
             */
            references: string[];
            /** Units */
            units: {
                [key: string]: string;
            };
        };
        /**
         * DiscAnswer
         * @description mm, mm²; points in px.
         */
        DiscAnswer: {
            /** Cup */
            cup: {
                [key: string]: unknown;
            } | null;
            /** Ddls */
            ddls: {
                [key: string]: unknown;
            } | null;
            /** Disc */
            disc: {
                [key: string]: unknown;
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Ratios */
            ratios: {
                [key: string]: number;
            } | null;
            /** Rim */
            rim: {
                [key: string]: number;
            } | null;
        };
        /**
         * DiscRequest
         * @description Request of `analyze_odn`.
         */
        DiscRequest: {
            /**
             * Cup
             * @description Points in mm; [] without excavation
             */
            cup: (number | number[] | {
                x?: number;
                y?: number;
            })[];
            /**
             * Disk
             * @description Points in mm; or `disc`
             */
            disk: (number | number[] | {
                x?: number;
                y?: number;
            })[];
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /**
             * Scaling Factor Visualization
             * @default 100
             */
            scaling_factor_visualization: number;
        };
        /**
         * DisplayVolume
         * @description Small volumes for the pages, at most 256 voxels along an edge.
         * @enum {string}
         */
        DisplayVolume: "reference" | "floating" | "registered";
        /**
         * DistanceMethod
         * @description How a thickness is measured.
         * @enum {string}
         */
        DistanceMethod: "axial" | "min_dist";
        /**
         * DistanceRequest
         * @description Request of `get_distance_between_two_points`.
         */
        DistanceRequest: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pixel Spacing Column */
            pixel_spacing_column: number;
            /** Pixel Spacing Row */
            pixel_spacing_row: number;
            /** Point From */
            point_from: (number | number[] | {
                x?: number;
                y?: number;
            })[] | {
                [key: string]: unknown;
            };
            /** Point To */
            point_to: (number | number[] | {
                x?: number;
                y?: number;
            })[] | {
                [key: string]: unknown;
            };
        };
        /**
         * EnFaceMaps
         * @description Pathology maps.
         */
        EnFaceMaps: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @default px */
            thickness_unit: components["schemas"]["ThicknessUnit"];
        };
        /**
         * EngineStatus
         * @description Where tasks run.
         */
        EngineStatus: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "local" | "remote";
            /**
             * State
             * @enum {string}
             */
            state: "starting" | "ready";
            /** Workers */
            workers: number;
        };
        /**
         * ErrorAnswer
         * @description What is refused, in Orthanc's own keys.
         */
        ErrorAnswer: {
            /** Details */
            Details: components["schemas"]["ErrorDetail"][];
            /**
             * Httperror
             * @description The status in words
             */
            HttpError: string;
            /** Httpstatus */
            HttpStatus: number;
            /** Message */
            Message: string;
        };
        /**
         * ErrorDetail
         * @description Where the request is wrong, and why; never the value, which may be patient data.
         */
        ErrorDetail: {
            /**
             * Loc
             * @description `body`, `query` or `path`, then names and indices
             */
            loc: (string | number)[];
            /** Msg */
            msg: string;
        };
        /**
         * ErrorMessage
         * @description Why.
         */
        ErrorMessage: {
            /** Message */
            message: string;
        };
        /**
         * EtdrsAnswer
         * @description µm by ring and sector; null for a sector without tissue.
         */
        EtdrsAnswer: {
            /** 0 */
            0: {
                [key: string]: components["schemas"]["SectorValues"] | null;
            };
            /** 1 */
            1: {
                [key: string]: components["schemas"]["SectorValues"] | null;
            };
            /** 2 */
            2: {
                [key: string]: components["schemas"]["SectorValues"] | null;
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * ExamType
         * @description What an examination is a scan of.
         * @enum {string}
         */
        ExamType: "is_macula_scan" | "is_optic_disk_scan" | "is_wide_scan" | "is_probably_pathological_macula_scan" | "is_probably_pathological_wide_scan" | "something_unusual";
        /**
         * ExamTypeAnswer
         * @description Type of the examination.
         */
        ExamTypeAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            status: components["schemas"]["ExamType"];
        };
        /**
         * FailedInstance
         * @description An instance that could not be copied, and why.
         */
        FailedInstance: {
            /** Id */
            ID: string;
            /** Reason */
            Reason: string;
        };
        /**
         * FoundStudies
         * @description Studies, the newest first.
         */
        FoundStudies: {
            /** Studies */
            studies: components["schemas"]["StudyDescription"][];
        };
        /**
         * FourSegmentAnswer
         * @description µm by quadrant; null for a quadrant without tissue.
         */
        FourSegmentAnswer: {
            /** 0 */
            0: unknown;
            /** 1 */
            1: unknown;
            /** 2 */
            2: unknown;
            /** 3 */
            3: unknown;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * FourSegmentRequest
         * @description Request of `get_four_segment_circle`.
         */
        FourSegmentRequest: {
            /**
             * Axis Deg
             * @description Axis from fovea to disc, clockwise on screen from image horizontal
             * @default 0
             */
            axis_deg: number;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @description Whole border rows and columns of it are no tissue
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * Statistics To Get
             * @description mean and, or std
             * @default [
             *       "mean"
             *     ]
             */
            statistics_to_get: components["schemas"]["Statistic"][];
            /**
             * @description Unit of the maps
             * @default px
             */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /**
             * Used Layers
             * @default [
             *       "rnfl",
             *       "gcl",
             *       "ipl"
             *     ]
             */
            used_layers: string[];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * FoveaAnswer
         * @description Only `status` when there is no fovea.
         */
        FoveaAnswer: {
            /** Central Slice Index */
            central_slice_index?: number | null;
            /**
             * Exam Center Coordinate
             * @description [column, slice]
             */
            exam_center_coordinate?: number[] | null;
            /** Fovea Zone Landmarks */
            fovea_zone_landmarks?: number[][][] | null;
            /** Fovea Zone Slice Indices */
            fovea_zone_slice_indices?: number[] | null;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            status: components["schemas"]["LandmarkStatus"];
        };
        /**
         * FoveaDistanceAnswer
         * @description Null without pathology.
         */
        FoveaDistanceAnswer: {
            /**
             * Distance To Fovea Center
             * @description mm
             */
            distance_to_fovea_center: number | null;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /**
             * Nearest Point
             * @description [column, slice]
             */
            nearest_point: number[] | null;
        };
        /**
         * FoveaRequest
         * @description Request of `extract_center_n_fovea`.
         */
        FoveaRequest: {
            /** Center Probabilities */
            center_probabilities: number[];
            /**
             * Coordinates
             * @description K points of every slice; null or [] where there are none
             */
            coordinates: unknown[];
            /**
             * Fovea Connectivity Level
             * @default 3
             */
            fovea_connectivity_level: number;
            /**
             * Fovea Existence Threshold
             * @default 0.5
             */
            fovea_existence_threshold: number;
            /**
             * Fovea Landmark Existence Threshold
             * @default 0.35
             */
            fovea_landmark_existence_threshold: number;
            /**
             * Fovea Min Number Of Sequential Slices
             * @default 2
             */
            fovea_min_number_of_sequential_slices: number;
            /** Fovea Probabilities */
            fovea_probabilities: number[];
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Indices */
            indices: number[];
            /**
             * Landmark Probabilities
             * @description The smallest of K counts
             */
            landmark_probabilities: (number | number[])[];
        };
        /**
         * FrameDescription
         * @description One frame: its file, its number in it from 0, its size in pixels, its place in the patient if it has one.
         */
        FrameDescription: {
            /** Columns */
            columns: number;
            /** Frame */
            frame: number;
            /** Instance */
            instance: string;
            plane: components["schemas"]["PlaneDescription"] | null;
            /** Rows */
            rows: number;
        };
        /**
         * FullAsymmetryRequest
         * @description Request of `get_full_exam_glaucoma_ppaa_matrix`; of a turned raster the distances are needed too.
         */
        FullAsymmetryRequest: {
            /**
             * Axis Deg
             * @description Axis from fovea to disc, clockwise on screen from image horizontal
             * @default 0
             */
            axis_deg: number;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @default 0
             */
            padding_value: number;
            /** @description LEFT_RIGHT, or TOP_BOTTOM of VERTICAL_3D */
            pixel_direction?: components["schemas"]["ScanDirection"] | null;
            /** Pixel Spacing Column */
            pixel_spacing_column?: number | null;
            /** Pixel Spacing Row */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @default 0
             */
            rotation_deg: number;
            /** @default HORIZONTAL_3D */
            scan_protocol: components["schemas"]["ScanProtocol"];
            /** @description TOP_BOTTOM, or LEFT_RIGHT of VERTICAL_3D */
            slice_direction?: components["schemas"]["ScanDirection"] | null;
            /** Slice Thickness */
            slice_thickness?: number | null;
            /** @description Unit of the values; px if absent */
            thickness_unit?: components["schemas"]["ThicknessUnit"] | null;
            /**
             * Use Real Units
             * @description µm if true, pixels if false
             */
            use_real_units: boolean;
            /**
             * Used Layers
             * @default [
             *       "rnfl",
             *       "gcl",
             *       "ipl"
             *     ]
             */
            used_layers: string[];
        };
        /**
         * GccAnswer
         * @description µm by ring and sector; null for a sector without tissue.
         */
        GccAnswer: {
            /** 0 */
            0: {
                [key: string]: components["schemas"]["SectorValues"] | null;
            };
            /** 1 */
            1: {
                [key: string]: components["schemas"]["SectorValues"] | null;
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * GccRequest
         * @description Request of `get_gcc_circle`.
         */
        GccRequest: {
            /**
             * Axis Deg
             * @description Axis from fovea to disc, clockwise on screen from image horizontal
             * @default 0
             */
            axis_deg: number;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @description Whole border rows and columns of it are no tissue
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * Statistics
             * @description mean and, or std
             * @default [
             *       "mean"
             *     ]
             */
            statistics: components["schemas"]["Statistic"][];
            /**
             * @description Unit of the maps
             * @default px
             */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /** Used Layers */
            used_layers: string[];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * Geometry
         * @description A geometry as that of a stored volume is answered; every key may be left out.
         */
        Geometry: {
            /**
             * Assumed
             * @description Names of keys that are here and known to nobody all the same
             * @default []
             */
            assumed: string[];
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            laterality?: components["schemas"]["Laterality"] | null;
            /** Num Slices */
            num_slices?: number | null;
            pixel_direction?: components["schemas"]["ScanDirection"] | null;
            /** Pixel Image Height */
            pixel_image_height?: number | null;
            /** Pixel Image Width */
            pixel_image_width?: number | null;
            /**
             * Pixel Spacing Column
             * @description mm
             */
            pixel_spacing_column?: number | null;
            /**
             * Pixel Spacing Row
             * @description mm
             */
            pixel_spacing_row?: number | null;
            /**
             * Reasons
             * @default {}
             */
            reasons: {
                [key: string]: string;
            };
            /** Rotation Deg */
            rotation_deg?: number | null;
            scan_protocol?: components["schemas"]["ScanProtocol"] | null;
            slice_direction?: components["schemas"]["ScanDirection"] | null;
            /**
             * Slice Thickness
             * @description mm
             */
            slice_thickness?: number | null;
        };
        /**
         * GeometryAnswer
         * @description Parameters to hand on to the analyses, and those that nothing in the file proves.
         */
        GeometryAnswer: {
            /**
             * Assumed
             * @description Names of what the file does not prove: nothing is stored that rests on it
             */
            assumed: string[];
            /** @description null where the file does not say which eye it shows */
            laterality: components["schemas"]["Laterality"] | null;
            /** Num Slices */
            num_slices: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm
             */
            pixel_spacing_row: number;
            /**
             * Reasons
             * @description Why each of them is not proven
             */
            reasons: {
                [key: string]: string;
            };
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description Distance of neighbouring B-scans, mm
             */
            slice_thickness: number;
        };
        /**
         * GlaucomaStage
         * @description Where a thickness lies in the distribution of healthy eyes.
         * @enum {string}
         */
        GlaucomaStage: "NORMAL" | "BORDERLINE" | "OUTSIDE_NORMAL_LIMITS";
        /**
         * GraphRequest
         * @description Request of `compare_odn_rnfl_graphs`.
         */
        GraphRequest: {
            /**
             * Equality Tolerance Mm
             * @default 0.009
             */
            equality_tolerance_mm: number;
            /** Graph A */
            graph_a: {
                [key: string]: number;
            };
            /** Graph B */
            graph_b: {
                [key: string]: number;
            };
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /**
             * Interpolation Points
             * @default 360
             */
            interpolation_points: number;
        };
        /**
         * Hits
         * @description What each region reaches, in the order of the regions, and all of them together.
         */
        Hits: {
            /**
             * Framecount
             * @description Frames that at least one region hits
             */
            FrameCount: number;
            /**
             * Frames
             * @description Frames of the resource
             */
            Frames: number;
            /** Regions */
            Regions: components["schemas"]["RegionHits"][];
            /**
             * Unreadable
             * @description Instances that a 3D region is meant for but that have no place in space
             */
            Unreadable: string[];
        };
        /**
         * HitsRequest
         * @description The mask whose reach is asked for.
         */
        HitsRequest: {
            /** @description As in `/plugins/pixels-masker/{level}/{id}/modify` */
            MaskPixelData: components["schemas"]["JsonValue"];
        };
        /**
         * ImageSpaceAnswer
         * @description Grey values 0 .. 255 as [slice][column] in stored order.
         */
        ImageSpaceAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Status */
            status: string;
            /** Vessel Map */
            vessel_map: number[][];
        };
        /**
         * InstanceHits
         * @description Zero-based frames of an instance of which at least one pixel is masked.
         */
        InstanceHits: {
            /** Frames */
            Frames: number[];
            /** Instance */
            Instance: string;
        };
        /**
         * JobState
         * @description States of Orthanc's jobs.
         * @enum {string}
         */
        JobState: "Pending" | "Running" | "Paused" | "Success" | "Failure";
        /**
         * JobStatus
         * @description States of an asynchronous job of the protocol.
         * @enum {string}
         */
        JobStatus: "QUEUING" | "PROCESSING" | "PROCESS_SUCCESS" | "PROCESS_FAILED" | "TIMEOUT_FAILED" | "JOB_CANCELED";
        /**
         * JobView
         * @description A job, in the keys of Orthanc's own.
         */
        JobView: {
            /**
             * Completiontime
             * @description Not there before the end
             */
            CompletionTime?: string | null;
            /**
             * Content
             * @description Of the kind of job; results once it has succeeded
             */
            Content: {
                [key: string]: unknown;
            };
            /**
             * Creationtime
             * @description As `20260131T080000.000000`, in UTC; so are the other times
             */
            CreationTime: string;
            /**
             * Effectiveruntime
             * @description Seconds at work
             */
            EffectiveRuntime: number;
            /**
             * Errorcode
             * @description Orthanc's number of an error; 0 while there is none
             */
            ErrorCode: number;
            /** Errordescription */
            ErrorDescription: string;
            /** Errordetails */
            ErrorDetails: string;
            /** Id */
            ID: string;
            /** Priority */
            Priority: number;
            /**
             * Progress
             * @description Percent
             */
            Progress: number;
            State: components["schemas"]["JobState"];
            /** Timestamp */
            Timestamp: string;
            /** Type */
            Type: string;
        };
        JsonValue: unknown;
        /**
         * KeptSegmentation
         * @description Whether a segmentation is kept for a volume.
         */
        KeptSegmentation: {
            /** Kept */
            kept: boolean;
        };
        /**
         * LandmarkStatus
         * @description Whether a zone was found.
         * @enum {string}
         */
        LandmarkStatus: "found" | "not_found";
        /**
         * Laterality
         * @description The eye examined.
         * @enum {string}
         */
        Laterality: "L" | "R";
        /**
         * LayerReference
         * @description Layers that are stored: a height map of the volume.
         */
        LayerReference: {
            /**
             * Instance
             * @description Orthanc's identifier of the height map
             */
            instance: string;
        };
        /**
         * LayerSegmentationRequest
         * @description Request of `get_layer_thickness_map`.
         */
        LayerSegmentationRequest: {
            /** @default axial */
            distance_method: components["schemas"]["DistanceMethod"];
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /**
             * Min Exam Width Mm
             * @default 5
             */
            min_exam_width_mm: number;
            /**
             * Padding Value
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            /**
             * Run Resolution
             * @description Accepted; changes no value
             * @default 512
             */
            run_resolution: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            /** Segmentation Instances */
            segmentation_instances: {
                instances: {
                    className: string;
                    /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                    points: (number | number[] | {
                        x?: number;
                        y?: number;
                    })[];
                }[];
                metadata?: Record<string, never>;
            }[];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @description Unit of the answer, where given instead */
            thickness_unit?: components["schemas"]["ThicknessUnit"] | null;
            /**
             * @description What a column is that no class reaches: missing, or 0
             * @default missing
             */
            uncovered: components["schemas"]["Uncovered"];
            /**
             * Use Real Units
             * @description µm if true, pixels of the original B-scan if false
             * @default false
             */
            use_real_units: boolean;
            /**
             * Used Segmentation Classes
             * @description All classes if absent
             */
            used_segmentation_classes?: string[] | null;
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * LayersUsed
         * @description Where the layers of a report come from, when the request did not bring them.
         */
        LayersUsed: {
            /**
             * Algorithm
             * @description Empty where a person drew them
             */
            algorithm: string;
            /**
             * Computed
             * @description Found by this service in the B-scans, and reviewed by nobody
             */
            computed: boolean;
            /**
             * Instance
             * @description SOP Instance UID of a height map; null for the segmentation that is kept
             */
            instance: string | null;
            /**
             * Source
             * @description Segment Algorithm Type, or that the segmentation is kept with the volume
             */
            source: string;
            /** Version */
            version: string;
        };
        /**
         * Level
         * @description What an identifier names.
         * @enum {string}
         */
        Level: "instances" | "series";
        /**
         * LevelRequest
         * @description Request of the endpoints by ring.
         */
        LevelRequest: {
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /**
             * Is Cumulative
             * @description Discs of 1, 3 and 6 mm instead of rings
             */
            is_cumulative: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @default px */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * LinearAnswer
         * @description In input order.
         */
        LinearAnswer: {
            /** Linear Measurements */
            linear_measurements: components["schemas"]["LinearMeasurement"][];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * LinearMeasurement
         * @description Extents in mm, points in px.
         */
        LinearMeasurement: {
            /** Classname */
            className: string;
            /** Height */
            height: number;
            /** Height Points */
            height_points: number[][];
            /** Max Diameter */
            max_diameter: number;
            /** Max Diameter Points */
            max_diameter_points: number[][];
            /** Width */
            width: number;
            /** Width Points */
            width_points: number[][];
        };
        /**
         * ListedAreas
         * @description mm², in input order.
         */
        ListedAreas: {
            /** Areas */
            areas: number[];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * MapKind
         * @description What a picture shows.
         * @enum {string}
         */
        MapKind: "retina" | "gcc" | "rnfl";
        /**
         * MapsAnswer
         * @description [slice][column] by class; null where no layer was segmented.
         */
        MapsAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /**
             * Status
             * @enum {string}
             */
            status: "OK" | "OK_CROPPED" | "OK_PADDED" | "OK_CROPPED_PADDED" | "ZONE_OF_INTEREST_NOT_REACHED" | "NO_ENFACE_MAPS";
            /** Thickness Maps */
            thickness_maps: {
                [key: string]: (number | null)[][];
            };
        };
        /**
         * MapsOverlapAnswer
         * @description [slice][column].
         */
        MapsOverlapAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Thickness Map Overlap */
            thickness_map_overlap: (number | null)[][];
        };
        /**
         * MaskRequest
         * @description Request of `get_bscan_area_calculations_by_mask`.
         */
        MaskRequest: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Segm Instances Per Bscan */
            pathology_segm_instances_per_bscan: {
                className: string;
                /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                points: (number | number[] | {
                    x?: number;
                    y?: number;
                })[];
            }[];
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /** Pixel Spacing Column */
            pixel_spacing_column: number;
            /** Pixel Spacing Row */
            pixel_spacing_row: number;
        };
        /**
         * MaskingAnswer
         * @description The core's own answer to a modification, and what masking adds.
         */
        MaskingAnswer: {
            /** Description */
            Description: string;
            /** Failedinstances */
            FailedInstances: components["schemas"]["FailedInstance"][];
            /** Failedinstancescount */
            FailedInstancesCount: number;
            /**
             * Id
             * @description The new resource; not there before it is stored, as the next two
             */
            ID?: string | null;
            /** Instancescount */
            InstancesCount: number;
            /** Isanonymization */
            IsAnonymization: boolean;
            /** Parentresources */
            ParentResources: string[];
            /** Path */
            Path?: string | null;
            /**
             * Patientid
             * @description Orthanc's identifier of the new patient
             */
            PatientID?: string | null;
            /** Resources */
            Resources: components["schemas"]["ParentResource"][];
            /**
             * Transcode
             * @description The transfer syntax asked for; else not there
             */
            Transcode?: string | null;
            /** Type */
            Type: string;
            /**
             * Warnings
             * @description Where pixels of a masked region may still be seen
             */
            Warnings: string[];
        };
        /**
         * MaximalSliceAnswer
         * @description Slice with the most pathology; null without any.
         */
        MaximalSliceAnswer: {
            /** Max Pathologies */
            max_pathologies: {
                [key: string]: number | null;
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * MaximalSliceRequest
         * @description Request of `get_maximal_pathology_slice_index_from_thm`.
         */
        MaximalSliceRequest: {
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /** Pixel Spacing Column */
            pixel_spacing_column?: number | null;
            /** Pixel Spacing Row */
            pixel_spacing_row?: number | null;
            scan_protocol?: components["schemas"]["ScanProtocol"] | null;
            /**
             * Slice Offset
             * @description Slice of the examination that is row 0 of the maps
             * @default 0
             */
            slice_offset: number;
            /** Slice Thickness */
            slice_thickness?: number | null;
        };
        /**
         * Meta
         * @description How to read the numbers.
         */
        Meta: {
            /**
             * Areas Mm2
             * @description Areas of the sectors, or null
             */
            areas_mm2: unknown;
            /**
             * Coverage
             * @description Share of every sector that holds values, 0 .. 1, or null
             */
            coverage: unknown;
            /**
             * Names
             * @description What the keys of the answer are called
             */
            names: {
                [key: string]: unknown;
            };
            /** Notice */
            notice: string;
            /**
             * Parameters
             * @description What the answer was computed with
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * References
             * @description Literature
             */
            references: string[];
            /** Units */
            units: {
                [key: string]: string;
            };
        };
        /**
         * NamedAreas
         * @description mm² by name.
         */
        NamedAreas: {
            /** Areas */
            areas: {
                [key: string]: number;
            };
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * NamedVolumes
         * @description mm³ by name.
         */
        NamedVolumes: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Volumes */
            volumes: {
                [key: string]: number;
            };
        };
        /**
         * NerveAnswer
         * @description Only `status` when there is no nerve.
         */
        NerveAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Nerve Zone Landmarks */
            nerve_zone_landmarks?: number[][][] | null;
            /** Nerve Zone Slice Indices */
            nerve_zone_slice_indices?: number[] | null;
            status: components["schemas"]["LandmarkStatus"];
        };
        /**
         * NerveRequest
         * @description Request of `extract_nerve_zone_landmarks`.
         */
        NerveRequest: {
            /**
             * Coordinates
             * @description K points of every slice; null or [] where there are none
             */
            coordinates: unknown[];
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Indices */
            indices: number[];
            /**
             * Landmark Probabilities
             * @description The smallest of K counts
             */
            landmark_probabilities: (number | number[])[];
            /**
             * Nerve Confidence Threshold
             * @default 0.65
             */
            nerve_confidence_threshold: number;
            /**
             * Nerve Connectivity Level
             * @default 3
             */
            nerve_connectivity_level: number;
            /**
             * Nerve Existence Threshold
             * @default 0.3
             */
            nerve_existence_threshold: number;
            /**
             * Nerve Landmark Existence Threshold
             * @default 0.3
             */
            nerve_landmark_existence_threshold: number;
            /**
             * Nerve Min Number Of Sequential Slices
             * @default 2
             */
            nerve_min_number_of_sequential_slices: number;
            /** Nerve Probabilities */
            nerve_probabilities: number[];
        };
        /**
         * NormalDistanceAnswer
         * @description 0 healthy, 1 at or below the first percentile of healthy eyes.
         */
        NormalDistanceAnswer: {
            /** Distance To Normal */
            distance_to_normal: number;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * Nothing
         * @description An empty object: it is done.
         */
        Nothing: Record<string, never>;
        /**
         * OneMap
         * @description One pathology map.
         */
        OneMap: {
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Pathology Thickness Map */
            pathology_thickness_map: (number | null)[][];
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * OpenedResource
         * @description A resource and the study it belongs to.
         */
        OpenedResource: {
            /** Instance */
            instance: string | null;
            /**
             * Series
             * @description The series that was asked for, or that holds the instance asked for
             */
            series: string | null;
            study: components["schemas"]["StudyDescription"];
            /**
             * Tools
             * @description Tools that fit the resource itself
             */
            tools: components["schemas"]["Tool"][];
        };
        /**
         * OrthancStatus
         * @description The Orthanc the service works for.
         */
        OrthancStatus: {
            /** Name */
            name: string | null;
            /** Reachable */
            reachable: boolean;
            /** Version */
            version: string | null;
        };
        /**
         * OverlapRequest
         * @description Request of `get_thickness_maps_overlap`.
         */
        OverlapRequest: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Thickness Maps */
            thickness_maps: {
                [key: string]: (number | null)[][];
            };
        };
        /**
         * ParentResource
         * @description What was modified.
         */
        ParentResource: {
            /** Id */
            ID: string;
            /** Type */
            Type: string;
        };
        /**
         * PathologyMaps
         * @description Pathology maps of one examination and the circle to put on them.
         */
        PathologyMaps: {
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Pathology Thickness Maps */
            pathology_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @default px */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * PathologySegmentationRequest
         * @description Request of `get_pathology_thickness_map`.
         */
        PathologySegmentationRequest: {
            /** @default axial */
            distance_method: components["schemas"]["DistanceMethod"];
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /**
             * Min Exam Width Mm
             * @default 5
             */
            min_exam_width_mm: number;
            /**
             * Padding Value
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            /**
             * Run Resolution
             * @description Accepted; changes no value
             * @default 512
             */
            run_resolution: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            /** Segmentation Instances */
            segmentation_instances: {
                instances: {
                    className: string;
                    /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                    points: (number | number[] | {
                        x?: number;
                        y?: number;
                    })[];
                }[];
                metadata?: Record<string, never>;
            }[];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @description Unit of the answer, where given instead */
            thickness_unit?: components["schemas"]["ThicknessUnit"] | null;
            /**
             * Use Real Units
             * @description µm if true, pixels of the original B-scan if false
             */
            use_real_units: boolean;
            /**
             * Used Segmentation Classes
             * @description All classes if absent
             */
            used_segmentation_classes?: string[] | null;
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * PatternGeometry
         * @description A circle or star on the fundus image: mm from its first corner, angles clockwise on screen from image right.
         */
        PatternGeometry: {
            /** Assumed */
            assumed: string[];
            /**
             * Center Mm
             * @description [x, y]
             */
            center_mm: number[];
            laterality: components["schemas"]["Laterality"] | null;
            /** Num Slices */
            num_slices: number;
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm
             */
            pixel_spacing_row: number;
            /**
             * Radius Mm
             * @description Of the circle
             */
            radius_mm: number | null;
            /** Reasons */
            reasons: {
                [key: string]: string;
            };
            /**
             * Scan Protocol
             * @enum {string}
             */
            scan_protocol: "CIRCLE" | "RADIAL";
            /**
             * Sense
             * @description Of the circle, on screen
             */
            sense: ("CLOCKWISE" | "COUNTERCLOCKWISE") | null;
            /**
             * Spoke Angles Deg
             * @description Directions in which the columns of each spoke run
             */
            spoke_angles_deg: number[] | null;
            /**
             * Start Deg
             * @description Direction of the first A-scan, or in which the first spoke runs
             */
            start_deg: number;
        };
        /**
         * PlaneDescription
         * @description Patient mm (LPS) = origin + column x column_step + row x row_step, pixel centres at whole numbers.
         */
        PlaneDescription: {
            /** Column Step Mm */
            column_step_mm: [
                number,
                number,
                number
            ];
            /** Origin Mm */
            origin_mm: [
                number,
                number,
                number
            ];
            /** Row Step Mm */
            row_step_mm: [
                number,
                number,
                number
            ];
        };
        /**
         * PointsDistanceAnswer
         * @description mm.
         */
        PointsDistanceAnswer: {
            /**
             * Distance
             * @description mm
             */
            distance: number;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * PreviewRequest
         * @description What to show of a frame as masking would leave it.
         */
        PreviewRequest: {
            /** @description As in `/plugins/pixels-masker/{level}/{id}/modify` */
            MaskPixelData: components["schemas"]["JsonValue"];
            /** @default after */
            Show: components["schemas"]["Shown"];
            /** Windowcenter */
            WindowCenter?: number | null;
            /** Windowwidth */
            WindowWidth?: number | null;
        };
        /**
         * PrintRequest
         * @description What to do with the page.
         */
        PrintRequest: {
            /**
             * Store
             * @description Write it into the study as Encapsulated PDF
             * @default false
             */
            store: boolean;
        };
        /**
         * ProtocolError
         * @description What the protocol refuses, in the keys of its reference.
         */
        ProtocolError: {
            /**
             * Code
             * @description 400 MissingParameter, InvalidParameter, IllegalUrlParameter; 403 AuthFailed; 404 InvalidAction.NotFound; 408 RequestTimeout; 413 EntityTooLarge; 429 Throttling.User; 503 ServiceUnavailable
             */
            Code: string;
            /** Hostid */
            HostId: string;
            /** Message */
            Message: string;
            /** Recommend */
            Recommend: string;
            /** Requestid */
            RequestId: string;
        };
        /**
         * QueueStatus
         * @description Jobs by what they wait for.
         */
        QueueStatus: {
            /** Paused */
            paused: number;
            /** Pending */
            pending: number;
            /** Running */
            running: number;
        };
        /**
         * Reference
         * @description Healthy thickness to compare with, µm.
         */
        Reference: {
            inferior: components["schemas"]["ReferenceHalf"];
            superior: components["schemas"]["ReferenceHalf"];
        };
        /**
         * ReferenceHalf
         * @description Healthy thickness of one hemisphere, µm.
         */
        ReferenceHalf: {
            /** Mean */
            mean: number;
            /** Sd */
            sd: number;
        };
        /**
         * RefusedRead
         * @description Of GET.
         */
        RefusedRead: {
            /** Errorvalues */
            errorValues: null;
            errors: components["schemas"]["ErrorMessage"];
        };
        /**
         * RefusedWrite
         * @description Of every other method.
         */
        RefusedWrite: {
            /** Errorvalues */
            errorValues: {
                [key: string]: string;
            };
            /** Errors */
            errors: string;
            /** Success */
            success: boolean;
        };
        /**
         * RegionHits
         * @description What one region reaches; ``FrameCount`` of the resource's ``Frames``.
         */
        RegionHits: {
            /** Framecount */
            FrameCount: number;
            /** Instances */
            Instances: components["schemas"]["InstanceHits"][];
        };
        /**
         * RegistrationJob
         * @description A registration and what can be shown of it; paths are null until it has succeeded and once it is deleted.
         */
        RegistrationJob: {
            /** Content */
            Content: {
                [key: string]: unknown;
            };
            /**
             * Display
             * @description Paths of small NIfTI volumes
             */
            Display: {
                [key: string]: string;
            } | null;
            /** Errorcode */
            ErrorCode: string;
            /** Errormessage */
            ErrorMessage: string;
            /** Id */
            ID: string;
            /**
             * Previews
             * @description Paths of PNG pictures
             */
            Previews: {
                [key: string]: string;
            } | null;
            /**
             * Progress
             * @description Percent
             */
            Progress: number;
            /** Requestid */
            RequestId: string;
            Status: components["schemas"]["JobStatus"];
        };
        /**
         * RegistrationOrder
         * @description Two series of this Orthanc, or two lists of URLs.
         */
        RegistrationOrder: {
            /**
             * Allowdifferentpatients
             * @description Register although the PatientIDs differ
             * @default false
             */
            AllowDifferentPatients: boolean;
            /**
             * Floatingseries
             * @description Orthanc identifier; the image that is moved
             */
            FloatingSeries?: string | null;
            /**
             * Floatingurls
             * @description One DICOM file each
             */
            FloatingUrls?: string[] | null;
            /**
             * Referenceseries
             * @description Orthanc identifier; the image that stays
             */
            ReferenceSeries?: string | null;
            /**
             * Referenceurls
             * @description One DICOM file each
             */
            ReferenceUrls?: string[] | null;
            /**
             * Store
             * @description Store the result in Orthanc; default: true for series
             */
            Store?: boolean | null;
        };
        /**
         * ReportAnswer
         * @description Sections are answers of the endpoints of the same names; null where the input does not allow one.
         */
        ReportAnswer: {
            /** Etdrs */
            etdrs: {
                [key: string]: unknown;
            } | null;
            /** Gcc */
            gcc: {
                [key: string]: unknown;
            } | null;
            /** Geometry */
            geometry: components["schemas"]["ReportGeometry"] | components["schemas"]["PatternGeometry"];
            /** Glaucoma */
            glaucoma: {
                [key: string]: unknown;
            } | null;
            /** Hemispheres */
            hemispheres: {
                [key: string]: unknown;
            } | null;
            /** @description Only where the request brings no layers itself */
            layers?: components["schemas"]["LayersUsed"] | null;
            /** @description With include_meta, or where an object was not stored */
            meta?: components["schemas"]["ReportMeta"] | null;
            /** Odn */
            odn: {
                [key: string]: unknown;
            } | null;
            /** Pathologies */
            pathologies: {
                [key: string]: unknown;
            } | null;
            /** Rnfl */
            rnfl: {
                [key: string]: unknown;
            } | null;
            /** Stored */
            stored: components["schemas"]["StoredObject"][];
            /** Thickness Maps */
            thickness_maps: {
                [key: string]: (number | null)[][];
            } | null;
        };
        /**
         * ReportGeometry
         * @description The geometry a report was made with: what the file says, and what the request gave where the file is silent.
         */
        ReportGeometry: {
            /**
             * Assumed
             * @description Names of what the file does not prove: nothing is stored that rests on it
             */
            assumed: string[];
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz: number[];
            /** @description null where the file does not say which eye it shows */
            laterality: components["schemas"]["Laterality"] | null;
            /** Num Slices */
            num_slices: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /** Pixel Image Height */
            pixel_image_height: number;
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm
             */
            pixel_spacing_row: number;
            /**
             * Reasons
             * @description Why each of them is not proven
             */
            reasons: {
                [key: string]: string;
            };
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description Distance of neighbouring B-scans, mm
             */
            slice_thickness: number;
        };
        /**
         * ReportMeta
         * @description How to read the report, and why a part of it is null.
         */
        ReportMeta: {
            /**
             * Areas Mm2
             * @description Areas of the sectors, or null
             */
            areas_mm2: unknown;
            /**
             * Axis
             * @description What the halves of the macula are told apart by
             */
            axis: {
                [key: string]: unknown;
            };
            /**
             * Centre
             * @description Where the centre of circles is known from
             */
            centre: string;
            /**
             * Coverage
             * @description Share of every sector that holds values, 0 .. 1, or null
             */
            coverage: unknown;
            /**
             * Names
             * @description What the keys of the answer are called
             */
            names: {
                [key: string]: unknown;
            };
            /**
             * Not Stored
             * @description Why an object was not stored
             */
            not_stored: {
                [key: string]: string;
            };
            /** Notice */
            notice: string;
            /**
             * Operator Supplied
             * @description What the request said of the scan and the file does not
             */
            operator_supplied: string[];
            /**
             * Parameters
             * @description What the answer was computed with
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * Reasons
             * @description Why a section is null
             */
            reasons: {
                [key: string]: string;
            };
            /**
             * References
             * @description Literature
             */
            references: string[];
            /** Units */
            units: {
                [key: string]: string;
            };
            /**
             * Zero By Absence
             * @description Columns where a class is 0 only because it was not drawn
             */
            zero_by_absence: {
                [key: string]: number;
            };
        };
        /**
         * ReportRequest
         * @description Segmentations of one volume, one entry for each slice; without layers, those that are stored for it are used.
         */
        ReportRequest: {
            /**
             * Computed
             * @description Without layers, use also those that this service computed
             * @default false
             */
            computed: boolean;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /** @description What the image does not prove and you know */
            geometry?: components["schemas"]["Geometry"] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** Landmarks */
            landmarks?: (unknown[] | Record<string, never>) | null;
            /** @description Where the image does not say it */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers */
            layers?: {
                instances: {
                    className: string;
                    /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                    points: (number | number[] | {
                        x?: number;
                        y?: number;
                    })[];
                }[];
                metadata?: Record<string, never>;
            }[] | components["schemas"]["LayerReference"] | null;
            /** Pathologies */
            pathologies?: {
                instances: {
                    className: string;
                    /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                    points: (number | number[] | {
                        x?: number;
                        y?: number;
                    })[];
                }[];
                metadata?: Record<string, never>;
            }[] | null;
            /**
             * Store
             * @description Write SR, thickness maps and segmentation into the study
             * @default false
             */
            store: boolean;
            /**
             * @description Unit of thickness_maps in the answer
             * @default px
             */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /**
             * @description What a column is that no class reaches: missing, or 0
             * @default missing
             */
            uncovered: components["schemas"]["Uncovered"];
        };
        /**
         * RimAnswer
         * @description Points of disc and cup; no cup without excavation.
         */
        RimAnswer: {
            /** Cup Mm */
            cup_mm: number[][];
            /** Cup Px */
            cup_px: number[][];
            /** Disc Mm */
            disc_mm: number[][];
            /** Disc Px */
            disc_px: number[][];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * RimRequest
         * @description Request of `extract_neuroretinal_rim_circles`.
         */
        RimRequest: {
            /**
             * D Mm
             * @default 0.15
             */
            d_mm: number;
            /**
             * Ellipse Preprocessing
             * @default true
             */
            ellipse_preprocessing: boolean;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Fill Absent Slices
             * @default true
             */
            fill_absent_slices: boolean;
            /**
             * Ilm List
             * @description Inner limiting membrane of every nerve slice; [] where absent
             */
            ilm_list: unknown[];
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /**
             * Nerve Landmarks List
             * @description Landmarks of every nerve slice, B-scan pixels
             */
            nerve_landmarks_list: unknown[];
            /** Nerve Slices */
            nerve_slices: number[];
            /** Num Slices */
            num_slices: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /** Pixel Image Width */
            pixel_image_width: number;
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /** Pixel Spacing Row */
            pixel_spacing_row: number;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            /**
             * Scaling Factor Visualization
             * @default 100
             */
            scaling_factor_visualization: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * Smooth Circles
             * @default true
             */
            smooth_circles: boolean;
        };
        /**
         * RnflAnswer
         * @description mm by sector, or by analysis and sector; null off the field.
         */
        RnflAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Rnfl Thickness Statistics */
            rnfl_thickness_statistics: {
                [key: string]: unknown;
            };
        };
        /**
         * RnflRequest
         * @description Request of `analyze_odn_rnfl`.
         */
        RnflRequest: {
            /**
             * Analysis Type
             * @enum {string}
             */
            analysis_type: "quadrant" | "single_segment" | "twelve_segments" | "graph" | "all";
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R */
            laterality: components["schemas"]["Laterality"];
            /**
             * Mm To Analyze
             * @default 1
             */
            mm_to_analyze: number;
            /** Nerve Landmarks List */
            nerve_landmarks_list: unknown[];
            /** Nerve Rnfl Layers */
            nerve_rnfl_layers: {
                instances: {
                    className: string;
                    /** @description [x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels */
                    points: (number | number[] | {
                        x?: number;
                        y?: number;
                    })[];
                }[];
                metadata?: Record<string, never>;
            }[];
            /** Nerve Slice Indices */
            nerve_slice_indices: number[];
            /** Num Slices */
            num_slices: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Height
             * @description Needed for instances with scan_index
             */
            pixel_height?: number | null;
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /** Pixel Spacing Row */
            pixel_spacing_row: number;
            /**
             * Pixel Width
             * @description Needed for instances with scan_index
             */
            pixel_width?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
        };
        /**
         * ScanDirection
         * @description Direction on the retina in which an index grows, in image terms.
         * @enum {string}
         */
        ScanDirection: "TOP_BOTTOM" | "BOTTOM_TOP" | "LEFT_RIGHT" | "RIGHT_LEFT";
        /**
         * ScanProtocol
         * @description Direction of the B-scans of a raster: along image rows or along image columns.
         * @enum {string}
         */
        ScanProtocol: "HORIZONTAL_3D" | "VERTICAL_3D";
        /**
         * SectorCoverage
         * @description Share of a sector that each visit measured, 0 .. 1.
         */
        SectorCoverage: {
            /** Newer */
            newer: number;
            /** Older */
            older: number;
        };
        /**
         * SectorValues
         * @description The statistics asked for.
         */
        SectorValues: {
            /** Mean */
            mean?: number | null;
            /** Std */
            std?: number | null;
        };
        /**
         * SeriesDescription
         * @description One series; ``id`` is Orthanc's identifier.
         */
        SeriesDescription: {
            /** Description */
            description: string;
            /** Id */
            id: string;
            /** Instances */
            instances: number;
            /** Modality */
            modality: string;
            /** Number */
            number: string;
            /** Tools */
            tools: components["schemas"]["Tool"][];
        };
        /**
         * SeriesFrames
         * @description The frames of a series in the order in which one leafs through them.
         */
        SeriesFrames: {
            /** Frames */
            frames: components["schemas"]["FrameDescription"][];
            /** Grey */
            grey: boolean;
            /**
             * Is Volume
             * @description Parallel slices of one size: there is a display volume
             */
            is_volume: boolean;
            /** Series */
            series: string;
            /**
             * Value Range
             * @description Smallest and largest value that can be stored
             */
            value_range: [
                number,
                number
            ];
            /** @description The first window that the images state */
            window: components["schemas"]["WindowDescription"] | null;
        };
        /**
         * SeriesVolumes
         * @description Multi-frame images are volumes of their own; single images of a series make one together.
         */
        SeriesVolumes: {
            /**
             * Unusable
             * @description Why the other images are no volume
             */
            unusable: string[];
            /** Volumes */
            volumes: components["schemas"]["VolumeDescription"][];
        };
        /**
         * Shown
         * @description What a picture of a masked frame shows.
         * @enum {string}
         */
        Shown: "before" | "after" | "difference";
        /**
         * SimilarityAnswer
         * @description 0 .. 1.
         */
        SimilarityAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Similarity Score */
            similarity_score: number;
        };
        /**
         * SliceAnswer
         * @description The segmentation of one B-scan, in the shapes it was given in.
         */
        SliceAnswer: {
            /** Layers */
            layers: unknown | null;
            /** Pathologies */
            pathologies: unknown | null;
        };
        /**
         * SlideDescription
         * @description Size of the largest level, and how it is cut into tiles.
         */
        SlideDescription: {
            /** Height */
            height: number;
            /**
             * Spacing Um
             * @description Pixel size x, y; null when the slide does not say
             */
            spacing_um: [
                number,
                number
            ] | null;
            /** Tile Size */
            tile_size: number;
            /** Width */
            width: number;
            /**
             * Zooms
             * @description Tiles exist for zoom 0 (full resolution) to zooms - 1 (one tile holds all)
             */
            zooms: number;
        };
        /**
         * StageAnswer
         * @description Stage of the worse hemisphere.
         */
        StageAnswer: {
            glaucoma_stage: components["schemas"]["GlaucomaStage"];
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
        };
        /**
         * StageRequest
         * @description Request of `get_glaucoma_stage` and `get_glaucoma_distance_to_normal`: what `get_two_segment_circle` answers.
         */
        StageRequest: {
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /**
             * Inferior Thickness
             * @description µm
             */
            inferior_thickness: number;
            reference?: components["schemas"]["Reference"] | null;
            /**
             * Superior Thickness
             * @description µm
             */
            superior_thickness: number;
        };
        /**
         * StartedJob
         * @description Where to follow a job, as Orthanc answers for its own asynchronous jobs.
         */
        StartedJob: {
            /** Id */
            ID: string;
            /** Path */
            Path: string;
        };
        /**
         * Statistic
         * @description What can be asked of a sector.
         * @enum {string}
         */
        Statistic: "mean" | "std";
        /**
         * Status
         * @description Health and versions.
         */
        Status: {
            /** Capabilities */
            capabilities: string[];
            engine: components["schemas"]["EngineStatus"];
            /** Libraries */
            libraries: {
                [key: string]: string;
            };
            orthanc: components["schemas"]["OrthancStatus"];
            queue: components["schemas"]["QueueStatus"];
            /**
             * Service
             * @constant
             */
            service: "ready";
            /** Version */
            version: string;
        };
        /**
         * StoredObject
         * @description An object in Orthanc.
         */
        StoredObject: {
            /** Id */
            ID: string;
            /** Sopclassuid */
            SOPClassUID: string;
        };
        /**
         * StoredReportRequest
         * @description What to do with the report on the segmentation that is kept.
         */
        StoredReportRequest: {
            /**
             * Store
             * @description Write SR, thickness maps and segmentation into the study
             * @default false
             */
            store: boolean;
        };
        /**
         * StudyDescription
         * @description One study with its series. Texts are as stored: show them as text, never as markup.
         */
        StudyDescription: {
            /** Accession Number */
            accession_number: string;
            /**
             * Date
             * @description YYYYMMDD, or empty
             */
            date: string;
            /** Description */
            description: string;
            /** Id */
            id: string;
            /** Patient Id */
            patient_id: string;
            /** Patient Name */
            patient_name: string;
            /** Series */
            series: components["schemas"]["SeriesDescription"][];
            /**
             * Tools
             * @description Tools that fit at least one of the series
             */
            tools: components["schemas"]["Tool"][];
        };
        /**
         * StudySearch
         * @description What to look for. In a body, because a name belongs in no URL.
         */
        StudySearch: {
            /**
             * Limit
             * @default 50
             */
            limit: number;
            /**
             * Text
             * @description Part of a name, number or description; empty: any
             * @default
             */
            text: string;
        };
        /**
         * ThicknessUnit
         * @description Unit of the values of a thickness map; a pixel is one row of the B-scan.
         * @enum {string}
         */
        ThicknessUnit: "px" | "um" | "mm";
        /**
         * Tool
         * @description A page; its value is the page's file name without ``.html``.
         * @enum {string}
         */
        Tool: "mask" | "oct" | "registration" | "slide";
        /**
         * TwoSegmentAnswer
         * @description Mean thickness in µm; null without tissue.
         */
        TwoSegmentAnswer: {
            /** Inferior Thickness */
            inferior_thickness: number | null;
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Superior Thickness */
            superior_thickness: number | null;
        };
        /**
         * TwoSegmentRequest
         * @description Request of `get_two_segment_circle`.
         */
        TwoSegmentRequest: {
            /**
             * Axis Deg
             * @description Axis from fovea to disc, clockwise on screen from image horizontal
             * @default 0
             */
            axis_deg: number;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @description Whole border rows and columns of it are no tissue
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /**
             * @description Unit of the maps
             * @default px
             */
            thickness_unit: components["schemas"]["ThicknessUnit"];
            /**
             * Used Layers
             * @default [
             *       "rnfl",
             *       "gcl",
             *       "ipl"
             *     ]
             */
            used_layers: string[];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
        /**
         * Uncovered
         * @description What a column that no class reaches is taken for.
         * @enum {string}
         */
        Uncovered: "missing" | "zero";
        /**
         * VesselMapAnswer
         * @description A PNG of round(extent x scaling factor) pixels, row 0 superior, column 0 image left.
         */
        VesselMapAnswer: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /**
             * Vessel Map
             * @description base64
             */
            vessel_map: string;
        };
        /**
         * VolumeDescription
         * @description One volume; its routes begin with ``/plugins/oct/{level}/{id}/``.
         */
        VolumeDescription: {
            /**
             * B Scans
             * @description In the order of the volume, as segmentations name them
             */
            b_scans: components["schemas"]["BScanPlace"][];
            geometry: components["schemas"]["GeometryAnswer"];
            /** Id */
            id: string;
            level: components["schemas"]["Level"];
            /**
             * Segmentation Kept
             * @description A segmentation is kept with the volume, or its layers are stored
             */
            segmentation_kept: boolean;
        };
        /**
         * VolumeLevels
         * @description mm³ by name and ring.
         */
        VolumeLevels: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Volumes */
            volumes: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /**
         * VolumeZones
         * @description mm³ by name, ring and sector.
         */
        VolumeZones: {
            /** @description Only with include_meta */
            meta?: components["schemas"]["Meta"] | null;
            /** Volumes */
            volumes: {
                [key: string]: {
                    [key: string]: {
                        [key: string]: number;
                    };
                };
            };
        };
        /**
         * WindowDescription
         * @description Range of output values from black to white.
         */
        WindowDescription: {
            /** Center */
            center: number;
            /** Width */
            width: number;
        };
        /**
         * ZoneAsymmetryRequest
         * @description Request of `get_mmzone_glaucoma_ppaa_matrix`.
         */
        ZoneAsymmetryRequest: {
            /**
             * Axis Deg
             * @description Axis from fovea to disc, clockwise on screen from image horizontal
             * @default 0
             */
            axis_deg: number;
            /**
             * Exam Center Coordinate Xz
             * @description [column, slice]
             */
            exam_center_coordinate_xz?: number[] | null;
            /**
             * Include Meta
             * @description Add names, units, areas, coverage, parameters, literature
             * @default false
             */
            include_meta: boolean;
            /** @description L or R; without it nothing is called nasal or temporal */
            laterality?: components["schemas"]["Laterality"] | null;
            /** Layers Thickness Maps */
            layers_thickness_maps: {
                [key: string]: (number | null)[][];
            };
            /**
             * Padding Value
             * @default 0
             */
            padding_value: number;
            pixel_direction: components["schemas"]["ScanDirection"];
            /**
             * Pixel Spacing Column
             * @description mm between columns of a B-scan
             */
            pixel_spacing_column: number;
            /**
             * Pixel Spacing Row
             * @description mm between rows of a B-scan
             */
            pixel_spacing_row?: number | null;
            /**
             * Rotation Deg
             * @description Of the raster, clockwise on screen from image right to its rows
             * @default 0
             */
            rotation_deg: number;
            scan_protocol: components["schemas"]["ScanProtocol"];
            slice_direction: components["schemas"]["ScanDirection"];
            /**
             * Slice Thickness
             * @description mm between B-scans
             */
            slice_thickness: number;
            /** @description Unit of the values; px if absent */
            thickness_unit?: components["schemas"]["ThicknessUnit"] | null;
            /**
             * Use Real Units
             * @description µm if true, pixels if false
             */
            use_real_units: boolean;
            /**
             * Used Layers
             * @default [
             *       "rnfl",
             *       "gcl",
             *       "ipl"
             *     ]
             */
            used_layers: string[];
            /**
             * Zone Of Interest
             * @description Diameter or side about the centre, mm
             * @default 6
             */
            zone_of_interest: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
