// Made by `make openapi` from the description of the API.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AbstractImageChange
         * @description What changes of an image.
         */
        AbstractImageChange: {
            /**
             * Bitpersample
             * @default null
             */
            bitPerSample: number | null;
            /**
             * Channels
             * @default null
             */
            channels: number | null;
            /**
             * Colorspace
             * @default null
             */
            colorspace: string | null;
            /**
             * Depth
             * @default null
             */
            depth: number | null;
            /**
             * Duration
             * @default null
             */
            duration: number | null;
            /**
             * Fps
             * @default null
             */
            fps: number | null;
            /**
             * Height
             * @default null
             */
            height: number | null;
            /**
             * Magnification
             * @default null
             */
            magnification: number | null;
            /**
             * Originalfilename
             * @default null
             */
            originalFilename: string | null;
            /**
             * Physicalsizex
             * @default null
             */
            physicalSizeX: number | null;
            /**
             * Physicalsizey
             * @default null
             */
            physicalSizeY: number | null;
            /**
             * Physicalsizez
             * @default null
             */
            physicalSizeZ: number | null;
            /**
             * Sampleperpixel
             * @default null
             */
            samplePerPixel: number | null;
            /**
             * Uploadedfile
             * @default null
             */
            uploadedFile: number | null;
            /**
             * Width
             * @default null
             */
            width: number | null;
        };
        /**
         * AbstractImageView
         * @description An image apart from projects.
         */
        AbstractImageView: {
            /** Bitpersample */
            bitPerSample: number | null;
            /** Channels */
            channels: number;
            /** Class */
            class: string;
            /** Colorspace */
            colorspace: string | null;
            /** Contenttype */
            contentType: string | null;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Depth */
            depth: number;
            dimensions: components["schemas"]["Dimensions"];
            /** Duration */
            duration: number;
            /** Fault */
            fault: string | null;
            /** Filename */
            filename: string | null;
            /** Fps */
            fps: number | null;
            /** Height */
            height: number | null;
            /** Id */
            id: number;
            /** Magnification */
            magnification: number | null;
            /** Originalfilename */
            originalFilename: string | null;
            /** Orthancinstance */
            orthancInstance: string | null;
            /** Orthancseries */
            orthancSeries: string | null;
            /** Path */
            path: string | null;
            /** Physicalsizex */
            physicalSizeX: number | null;
            /** Physicalsizey */
            physicalSizeY: number | null;
            /** Physicalsizez */
            physicalSizeZ: number | null;
            /** Preview */
            preview: string;
            /** Sampleperpixel */
            samplePerPixel: number | null;
            /** Thumb */
            thumb: string;
            /** Updated */
            updated: string | null;
            /** Uploadedfile */
            uploadedFile: number | null;
            /** User */
            user: number | null;
            /** Width */
            width: number | null;
            /** Zoom */
            zoom: number | null;
        };
        /** AbstractImageWritten */
        AbstractImageWritten: {
            abstractimage: components["schemas"]["AbstractImageView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * AbstractSliceChange
         * @description What changes of a plane.
         */
        AbstractSliceChange: {
            /**
             * Channel
             * @default null
             */
            channel: number | null;
            /**
             * Mime
             * @default null
             */
            mime: string | null;
            /**
             * Time
             * @default null
             */
            time: number | null;
            /**
             * Uploadedfile
             * @default null
             */
            uploadedFile: number | null;
            /**
             * Zstack
             * @default null
             */
            zStack: number | null;
        };
        /**
         * AbstractSliceView
         * @description A plane of an image.
         */
        AbstractSliceView: {
            /** Channel */
            channel: number;
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Image */
            image: number;
            /** Mime */
            mime: string | null;
            /** Rank */
            rank: number;
            /** Time */
            time: number;
            /** Updated */
            updated: string | null;
            /** Uploadedfile */
            uploadedFile: number | null;
            /** Zstack */
            zStack: number;
        };
        /** AbstractSliceWritten */
        AbstractSliceWritten: {
            abstractslice: components["schemas"]["AbstractSliceView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * Activity
         * @description Something that a user looked at.
         */
        Activity: Record<string, never>;
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
         * AnnotationChange
         * @description What changes of an annotation; ``term`` replaces all its terms. A ``version`` that has passed is refused.
         */
        AnnotationChange: {
            /**
             * Location
             * @default null
             */
            location: string | null;
            /**
             * Term
             * @default null
             */
            term: number[] | null;
            /**
             * Version
             * @default null
             */
            version: number | null;
        };
        /**
         * AnnotationId
         * @description An annotation that was added with others.
         */
        AnnotationId: {
            /**
             * Class
             * @default be.cytomine.ontology.UserAnnotation
             */
            class: string;
            /** Id */
            id: number;
            /**
             * Repaired
             * @default false
             */
            repaired: boolean;
        };
        /**
         * AnnotationReviewed
         * @description An annotation that was reviewed, or is no longer.
         */
        AnnotationReviewed: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            reviewedannotation: components["schemas"]["ReviewedAnnotationView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * AnnotationRow
         * @description An annotation in a listing; more fields stand in it, by the groups that were asked for.
         */
        AnnotationRow: {
            /** Class */
            class: string;
            /** Id */
            id: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * AnnotationTermView
         * @description A term of an annotation.
         */
        AnnotationTermView: {
            /** Annotationident */
            annotationIdent: number;
            /**
             * Class
             * @default be.cytomine.ontology.AnnotationTerm
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Term */
            term: number;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
            /** Userannotation */
            userannotation: number;
        };
        /**
         * AnnotationTermWritten
         * @description A term that an annotation got, or lost.
         */
        AnnotationTermWritten: {
            annotationterm: components["schemas"]["AnnotationTermView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * AnnotationTrackView
         * @description An annotation on a track.
         */
        AnnotationTrackView: {
            /**
             * Annotationclassname
             * @default be.cytomine.ontology.UserAnnotation
             */
            annotationClassName: string;
            /** Annotationident */
            annotationIdent: number;
            /**
             * Class
             * @default be.cytomine.ontology.AnnotationTrack
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Track */
            track: number;
            /** Updated */
            updated: string | null;
        };
        /**
         * AnnotationTrackWritten
         * @description An annotation that came on a track, or left it.
         */
        AnnotationTrackWritten: {
            annotationtrack: components["schemas"]["AnnotationTrackView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * AnnotationView
         * @description An annotation with everything.
         */
        AnnotationView: {
            /** Area */
            area: number;
            /** Areaunit */
            areaUnit: string;
            centroid: components["schemas"]["Centroid"];
            /** Class */
            class: string;
            /** Container */
            container: number;
            /** Created */
            created: string | null;
            /** Cropurl */
            cropURL: string;
            /** Deleted */
            deleted?: string | null;
            /**
             * Geometrycompression
             * @default 0
             */
            geometryCompression: number;
            /** Id */
            id: number;
            /** Image */
            image: number;
            /** Location */
            location: string;
            /** Nbcomments */
            nbComments: number;
            /** Perimeter */
            perimeter: number;
            /** Perimeterunit */
            perimeterUnit: string;
            /** Project */
            project: number;
            /**
             * Repaired
             * @default false
             */
            repaired: boolean;
            /** Reviewuser */
            reviewUser: number | null;
            /** Reviewed */
            reviewed: boolean;
            /** Slice */
            slice: number;
            /** Smallcropurl */
            smallCropURL: string;
            /** Term */
            term: number[];
            /** Track */
            track: number[];
            /** Updated */
            updated: string | null;
            /** Url */
            url: string;
            /** User */
            user: number;
            /** Version */
            version: number;
        };
        /**
         * AnnotationWritten
         * @description An annotation that was written; clients of both versions find it under their own key.
         */
        AnnotationWritten: {
            annotation: components["schemas"]["AnnotationView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            userannotation: components["schemas"]["AnnotationView"];
        } & {
            [key: string]: unknown;
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
         * AssociatedListing
         * @description Names of pictures.
         */
        AssociatedListing: {
            /** Collection */
            collection: string[];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
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
         * AttachedFileAdded
         * @description A file that was attached: clients take the answer itself for the object.
         */
        AttachedFileAdded: {
            attachedfile: components["schemas"]["AttachedFileView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /**
             * Class
             * @default be.cytomine.meta.AttachedFile
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Domainclassname */
            domainClassName: string;
            /** Domainident */
            domainIdent: number;
            /** Filename */
            filename: string;
            /** Id */
            id: number;
            /** Message */
            message: string;
            /** Name */
            name: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            /** Updated */
            updated: string | null;
            /** Url */
            url: string;
        };
        /**
         * AttachedFileView
         * @description What is known of an attached file.
         */
        AttachedFileView: {
            /**
             * Class
             * @default be.cytomine.meta.AttachedFile
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Domainclassname */
            domainClassName: string;
            /** Domainident */
            domainIdent: number;
            /** Filename */
            filename: string;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Updated */
            updated: string | null;
            /** Url */
            url: string;
        };
        /**
         * AttachedFileWritten
         * @description An attached file that was removed.
         */
        AttachedFileWritten: {
            attachedfile: components["schemas"]["AttachedFileView"];
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
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
         * BatchError
         * @description Why one object of a list cannot be added; ``index`` is its place, from 0.
         */
        BatchError: {
            /** Index */
            index: number;
            /** Message */
            message: string;
        };
        /**
         * Centroid
         * @description The centre of gravity, in pixels, origin bottom-left.
         */
        Centroid: {
            /** X */
            x: number;
            /** Y */
            y: number;
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
         * CommandDone
         * @description What undoing or redoing did to one object, which stands under the key of its kind where it is still there.
         */
        CommandDone: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            } | null;
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            /**
             * Success
             * @default true
             */
            success: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * CommandsDone
         * @description What undoing or redoing did.
         */
        CommandsDone: {
            /** Collection */
            collection: components["schemas"]["CommandDone"][];
        };
        /**
         * CommentView
         * @description A comment of an annotation.
         */
        CommentView: {
            /**
             * Annotationclassname
             * @default be.cytomine.ontology.UserAnnotation
             */
            annotationClassName: string;
            /** Annotationident */
            annotationIdent: number;
            /**
             * Class
             * @default be.cytomine.ontology.SharedAnnotation
             */
            class: string;
            /** Comment */
            comment: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Receivers */
            receivers: number[];
            /** Sender */
            sender: number;
            /** Sendername */
            senderName: string;
            /** Updated */
            updated: string | null;
        };
        /**
         * CommentWritten
         * @description A comment that was added.
         */
        CommentWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            sharedannotation: components["schemas"]["CommentView"];
        } & {
            [key: string]: unknown;
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
         * ConfigurationView
         * @description A value that clients look up.
         */
        ConfigurationView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Key */
            key: string;
            /**
             * Readingrole
             * @enum {string}
             */
            readingRole: "ALL" | "USER" | "ADMIN";
            /** Updated */
            updated: string | null;
            /** Value */
            value: string;
        };
        /** ConfigurationWritten */
        ConfigurationWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            configuration: components["schemas"]["ConfigurationView"];
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * CurrentUser
         * @description The caller; the private key only when the request was signed with it.
         */
        CurrentUser: {
            /** Admin */
            admin: boolean;
            /** Adminbynow */
            adminByNow: boolean;
            /**
             * Algo
             * @default false
             */
            algo: boolean;
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Email */
            email: string;
            /** Enabled */
            enabled: boolean;
            /** Firstname */
            firstname: string;
            /** Guest */
            guest: boolean;
            /** Guestbynow */
            guestByNow: boolean;
            /** Id */
            id: number;
            /**
             * Isswitched
             * @default false
             */
            isSwitched: boolean;
            /** Language */
            language: string;
            /** Lastname */
            lastname: string;
            /** Name */
            name: string;
            /**
             * Origin
             * @enum {string}
             */
            origin: "CONFIGURATION" | "API";
            /** Privatekey */
            privateKey?: string | null;
            /** Publickey */
            publicKey: string;
            /** Updated */
            updated: string | null;
            /** User */
            user: boolean;
            /** Userbynow */
            userByNow: boolean;
            /** Username */
            username: string;
        };
        /**
         * Decision
         * @description Of a person who looked at a result.
         * @enum {string}
         */
        Decision: "accepted" | "rejected";
        /**
         * DefaultLayerChange
         * @description What changes of a default layer.
         */
        DefaultLayerChange: {
            /**
             * Hidebydefault
             * @default null
             */
            hideByDefault: boolean | null;
        };
        /**
         * DefaultLayerView
         * @description A layer that images of a project are opened with.
         */
        DefaultLayerView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Hidebydefault */
            hideByDefault: boolean;
            /** Id */
            id: number;
            /** Project */
            project: number;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /**
         * DescriptionView
         * @description The description of an object.
         */
        DescriptionView: {
            /**
             * Class
             * @default be.cytomine.meta.Description
             */
            class: string;
            /** Created */
            created: string | null;
            /** Data */
            data: string;
            /** Deleted */
            deleted?: string | null;
            /** Domainclassname */
            domainClassName: string;
            /** Domainident */
            domainIdent: number;
            /** Id */
            id: number;
            /** Updated */
            updated: string | null;
        };
        /**
         * DescriptionWritten
         * @description A description that was written.
         */
        DescriptionWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            description: components["schemas"]["DescriptionView"];
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * DetectAnswer
         * @description What was found, and what was not looked at.
         */
        DetectAnswer: {
            /** Detectors */
            Detectors: components["schemas"]["DetectorVersion"][];
            /**
             * Examined
             * @description Number of instances, as the next
             */
            Examined: number;
            /** Notexamined */
            NotExamined: components["schemas"]["NotExaminedInstance"][];
            /** Regions */
            Regions: components["schemas"]["FoundRegion"][];
            /** Withfindings */
            WithFindings: number;
        };
        /**
         * DetectedNumbers
         * @description How much was found and masked.
         */
        DetectedNumbers: {
            /** Instances */
            Instances: number;
            /**
             * Regions
             * @description As many as `detect` would answer
             */
            Regions: number;
        };
        /**
         * DetectorVersion
         * @description Who looked.
         */
        DetectorVersion: {
            /** Name */
            Name: string;
            /** Version */
            Version: string;
        };
        /**
         * Dimensions
         * @description Width and height in pixels.
         */
        Dimensions: {
            /** X */
            x: number | null;
            /** Y */
            y: number | null;
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
         * DiscFound
         * @description The opening of Bruch's membrane.
         */
        DiscFound: {
            /**
             * Centre
             * @description [column, B-scan]
             */
            centre: [
                number,
                number
            ];
            /**
             * Columns
             * @description First and last column inside, a B-scan each
             */
            columns: ([
                number,
                number
            ] | null)[];
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
         * FoundBy
         * @description Who found a region.
         */
        FoundBy: {
            /**
             * Confidence
             * @description 0 to 1: how sure a reading is; of a fan the share that is lit
             */
            Confidence: number;
            /** Detector */
            Detector: string;
            /**
             * Identifying
             * @description Whether it says who the patient is; null where that cannot be told
             */
            Identifying: boolean | null;
            /**
             * Kind
             * @enum {string}
             */
            Kind: "Text" | "Rule" | "UltrasoundRegion" | "Fan";
            /** Version */
            Version: string;
        };
        /**
         * FoundRegion
         * @description A region as `MaskPixelData.Regions` takes it.
         */
        FoundRegion: {
            /** End */
            End?: number[] | null;
            /**
             * Fillvalue
             * @description The stored value that these images show darkest
             */
            FillValue: number;
            Found: components["schemas"]["FoundBy"];
            /**
             * Keep
             * @description True where all but the region is to be masked; else not there
             */
            Keep?: boolean | null;
            /**
             * Masktype
             * @constant
             */
            MaskType: "Fill";
            /**
             * Origin
             * @description Of `2D`; else not there, as the next
             */
            Origin?: number[] | null;
            /**
             * Points
             * @description Of `Polygon`; else not there
             */
            Points?: number[][] | null;
            /**
             * Regiontype
             * @enum {string}
             */
            RegionType: "2D" | "Polygon";
            /**
             * Targetframes
             * @description From 1; not there: all frames
             */
            TargetFrames?: number[] | null;
            /** Targetinstances */
            TargetInstances: string[];
            /**
             * Text
             * @description What was read; only where `IncludeText` asks for it
             */
            Text?: string | null;
        };
        /**
         * FoundStudies
         * @description A page of studies, in the order asked for.
         */
        FoundStudies: {
            /**
             * Complete
             * @description False while the service still learns what the archive holds
             */
            complete: boolean;
            /** Studies */
            studies: components["schemas"]["StudyDescription"][];
            /**
             * Total
             * @description Studies that answer, of all pages
             */
            total: number;
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
            /**
             * Pixel Aspect
             * @description Height of a pixel over its width
             */
            pixel_aspect: number;
            plane: components["schemas"]["PlaneDescription"] | null;
            /** Rows */
            rows: number;
        };
        /**
         * FromOrthanc
         * @description Images of Orthanc, by ids of patients, studies, series or instances.
         */
        FromOrthanc: {
            /** Resources */
            Resources: string[];
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
         * Given
         * @description What a client says of an object. Fields it does not name, or names as null, stay as they are.
         */
        Given: Record<string, never>;
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
         * ImageInstanceChange
         * @description What changes of an image in a project.
         */
        ImageInstanceChange: {
            /**
             * Fps
             * @default null
             */
            fps: number | null;
            /**
             * Instancefilename
             * @default null
             */
            instanceFilename: string | null;
            /**
             * Magnification
             * @default null
             */
            magnification: number | null;
            /**
             * Physicalsizex
             * @default null
             */
            physicalSizeX: number | null;
            /**
             * Physicalsizey
             * @default null
             */
            physicalSizeY: number | null;
            /**
             * Physicalsizez
             * @default null
             */
            physicalSizeZ: number | null;
        };
        /**
         * ImageInstanceView
         * @description An image in a project.
         */
        ImageInstanceView: {
            /** Baseimage */
            baseImage: number;
            /** Bitpersample */
            bitPerSample: number | null;
            /** Blindedname */
            blindedName: string | null;
            /** Channels */
            channels: number;
            /** Class */
            class: string;
            /** Colorspace */
            colorspace: string | null;
            /** Contenttype */
            contentType: string | null;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Depth */
            depth: number;
            dimensions: components["schemas"]["Dimensions"];
            /** Duration */
            duration: number;
            /** Fault */
            fault: string | null;
            /** Filename */
            filename: string | null;
            /** Fps */
            fps: number | null;
            /** Height */
            height: number | null;
            /** Id */
            id: number;
            /**
             * Inreview
             * @default false
             */
            inReview: boolean;
            /** Instancefilename */
            instanceFilename: string | null;
            /** Magnification */
            magnification: number | null;
            /** Numberofannotations */
            numberOfAnnotations: number;
            /**
             * Numberofjobannotations
             * @default 0
             */
            numberOfJobAnnotations: number;
            /** Numberofreviewedannotations */
            numberOfReviewedAnnotations: number;
            /** Originalfilename */
            originalFilename: string | null;
            /** Orthancinstance */
            orthancInstance: string | null;
            /** Orthancseries */
            orthancSeries: string | null;
            /** Path */
            path: string | null;
            /** Physicalsizex */
            physicalSizeX: number | null;
            /** Physicalsizey */
            physicalSizeY: number | null;
            /** Physicalsizez */
            physicalSizeZ: number | null;
            /** Preview */
            preview: string;
            /** Project */
            project: number;
            /** Reviewstart */
            reviewStart?: string | null;
            /** Reviewstop */
            reviewStop?: string | null;
            /** Reviewuser */
            reviewUser?: number | null;
            /**
             * Reviewed
             * @default false
             */
            reviewed: boolean;
            /** Sampleperpixel */
            samplePerPixel: number | null;
            /** Thumb */
            thumb: string;
            /** Updated */
            updated: string | null;
            /** User */
            user: number | null;
            /** Width */
            width: number | null;
            /** Zoom */
            zoom: number | null;
        };
        /** ImageInstanceWritten */
        ImageInstanceWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            imageinstance: components["schemas"]["ImageInstanceView"];
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * ImageReviewed
         * @description An image whose review began or ended.
         */
        ImageReviewed: {
            imageinstance: components["schemas"]["ImageInstanceView"];
            /** Message */
            message: string;
        };
        /**
         * ImageServer
         * @description What serves the pixels of images.
         */
        ImageServer: {
            /**
             * Available
             * @default true
             */
            available: boolean;
            /**
             * Basepath
             * @default /
             */
            basePath: string;
            /**
             * Class
             * @default be.cytomine.image.server.ImageServer
             */
            class: string;
            /**
             * Id
             * @default 1
             */
            id: number;
            /**
             * Name
             * @default Orthanc
             */
            name: string;
            /** Url */
            url: string;
        };
        /**
         * ImageServers
         * @description Addresses of what serves the pixels of an image.
         */
        ImageServers: {
            /** Imageserversurls */
            imageServersURLs: string[];
        };
        /**
         * ImageSize
         * @description Of the images that a rule is for; null for any.
         */
        ImageSize: {
            /** Columns */
            Columns?: number | null;
            /** Rows */
            Rows?: number | null;
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
         * ImageTermStat
         * @description How many annotations of an image have a term, or none (null).
         */
        ImageTermStat: {
            /** Countannotations */
            countAnnotations: number;
            /** Image */
            image: number;
            /** Term */
            term: number | null;
        };
        /**
         * ImportAnswer
         * @description What became of the file.
         */
        ImportAnswer: {
            /**
             * Imported
             * @description Names of the new rules, in the order of the file
             */
            Imported: string[];
            /** Skipped */
            Skipped: components["schemas"]["SkippedPart"][];
        };
        /**
         * Imported
         * @description What a file became.
         */
        Imported: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["AnnotationId"][];
            /** Command */
            command?: number | null;
            /** Imported */
            imported: number;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            /** Skipped */
            skipped: components["schemas"]["Skipped"][];
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
            /** @description As it was given with the request; not there without */
            UserData?: components["schemas"]["JsonValue"];
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
         * Keys
         * @description Both keys of a user.
         */
        Keys: {
            /** Primarykey */
            primaryKey: number;
            /** Privatekey */
            privateKey: string;
            /** Publickey */
            publicKey: string;
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
         * LayerReviewed
         * @description Ids of the annotations that were accepted or rejected with others.
         */
        LayerReviewed: {
            /** Collection */
            collection: number[];
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
         * LesionAsked
         * @description A point in or beside a lesion of one scan.
         */
        LesionAsked: {
            /**
             * Point
             * @description LPS millimetres; at most 4 mm beside the lesion
             */
            Point: [
                number,
                number,
                number
            ];
            Side: components["schemas"]["ScanSide"];
        };
        /**
         * LesionsAsked
         * @description Lesions to be followed.
         */
        LesionsAsked: {
            /** Lesions */
            Lesions: components["schemas"]["LesionAsked"][];
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
        /** Listing[AbstractImageView] */
        Listing_AbstractImageView_: {
            /** Collection */
            collection: components["schemas"]["AbstractImageView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[AbstractSliceView] */
        Listing_AbstractSliceView_: {
            /** Collection */
            collection: components["schemas"]["AbstractSliceView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[Activity] */
        Listing_Activity_: {
            /** Collection */
            collection: components["schemas"]["Activity"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[AnnotationRow] */
        Listing_AnnotationRow_: {
            /** Collection */
            collection: components["schemas"]["AnnotationRow"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[AnnotationTrackView] */
        Listing_AnnotationTrackView_: {
            /** Collection */
            collection: components["schemas"]["AnnotationTrackView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[AttachedFileView] */
        Listing_AttachedFileView_: {
            /** Collection */
            collection: components["schemas"]["AttachedFileView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[CommentView] */
        Listing_CommentView_: {
            /** Collection */
            collection: components["schemas"]["CommentView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ConfigurationView] */
        Listing_ConfigurationView_: {
            /** Collection */
            collection: components["schemas"]["ConfigurationView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[DefaultLayerView] */
        Listing_DefaultLayerView_: {
            /** Collection */
            collection: components["schemas"]["DefaultLayerView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ImageInstanceView] */
        Listing_ImageInstanceView_: {
            /** Collection */
            collection: components["schemas"]["ImageInstanceView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ImageServer] */
        Listing_ImageServer_: {
            /** Collection */
            collection: components["schemas"]["ImageServer"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ImageTermStat] */
        Listing_ImageTermStat_: {
            /** Collection */
            collection: components["schemas"]["ImageTermStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[OntologyView] */
        Listing_OntologyView_: {
            /** Collection */
            collection: components["schemas"]["OntologyView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[PeriodStat] */
        Listing_PeriodStat_: {
            /** Collection */
            collection: components["schemas"]["PeriodStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ProjectStat] */
        Listing_ProjectStat_: {
            /** Collection */
            collection: components["schemas"]["ProjectStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ProjectView] */
        Listing_ProjectView_: {
            /** Collection */
            collection: components["schemas"]["ProjectView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[PropertyView] */
        Listing_PropertyView_: {
            /** Collection */
            collection: components["schemas"]["PropertyView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[RepresentativeView] */
        Listing_RepresentativeView_: {
            /** Collection */
            collection: components["schemas"]["RepresentativeView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[ReviewStat] */
        Listing_ReviewStat_: {
            /** Collection */
            collection: components["schemas"]["ReviewStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[RoleView] */
        Listing_RoleView_: {
            /** Collection */
            collection: components["schemas"]["RoleView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[SliceInstanceView] */
        Listing_SliceInstanceView_: {
            /** Collection */
            collection: components["schemas"]["SliceInstanceView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[StorageView] */
        Listing_StorageView_: {
            /** Collection */
            collection: components["schemas"]["StorageView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[TagLinkView] */
        Listing_TagLinkView_: {
            /** Collection */
            collection: components["schemas"]["TagLinkView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[TagView] */
        Listing_TagView_: {
            /** Collection */
            collection: components["schemas"]["TagView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[TermStat] */
        Listing_TermStat_: {
            /** Collection */
            collection: components["schemas"]["TermStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[TermView] */
        Listing_TermView_: {
            /** Collection */
            collection: components["schemas"]["TermView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[TrackView] */
        Listing_TrackView_: {
            /** Collection */
            collection: components["schemas"]["TrackView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[UploadedFileView] */
        Listing_UploadedFileView_: {
            /** Collection */
            collection: components["schemas"]["UploadedFileView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[UserRoleView] */
        Listing_UserRoleView_: {
            /** Collection */
            collection: components["schemas"]["UserRoleView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[UserStat] */
        Listing_UserStat_: {
            /** Collection */
            collection: components["schemas"]["UserStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[UserTermStat] */
        Listing_UserTermStat_: {
            /** Collection */
            collection: components["schemas"]["UserTermStat"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
        };
        /** Listing[UserView] */
        Listing_UserView_: {
            /** Collection */
            collection: components["schemas"]["UserView"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
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
         * MaskedRegionHits
         * @description How much a region hit.
         */
        MaskedRegionHits: {
            /** Frames */
            Frames: number;
            /**
             * Index
             * @description In the list of the request, from 0
             */
            Index: number;
            /** Instances */
            Instances: number;
        };
        /**
         * MaskingAnswer
         * @description The core's own answer to a modification, and what masking adds.
         */
        MaskingAnswer: {
            /** Description */
            Description: string;
            /** @description With `Detect`; else not there, as the next */
            Detected?: components["schemas"]["DetectedNumbers"] | null;
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
            /**
             * Masked
             * @description Instances of which pixels were masked
             */
            Masked: number;
            /** Notexamined */
            NotExamined?: components["schemas"]["NotExaminedInstance"][] | null;
            /** Parentresources */
            ParentResources: string[];
            /** Path */
            Path?: string | null;
            /**
             * Patientid
             * @description Orthanc's identifier of the new patient
             */
            PatientID?: string | null;
            /**
             * Regions
             * @description What each region hit, in the order of the request
             */
            Regions: components["schemas"]["MaskedRegionHits"][];
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
             * Unchanged
             * @description Instances that went along with the pixels they had
             */
            Unchanged: number;
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
         * MemberView
         * @description Who joined which project, or left it.
         */
        MemberView: {
            /** Id */
            id: number;
            /** Project */
            project: number;
            /** User */
            user: number;
        };
        /**
         * MemberWritten
         * @description Somebody joined a project, left it, or manages it from now on.
         */
        MemberWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            projectmember: components["schemas"]["MemberView"];
        } & {
            [key: string]: unknown;
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
         * NewAbstractImage
         * @description An image to describe, whose pixels are not in Orthanc.
         */
        NewAbstractImage: {
            /**
             * Bitpersample
             * @default null
             */
            bitPerSample: number | null;
            /**
             * Channels
             * @default null
             */
            channels: number | null;
            /**
             * Colorspace
             * @default null
             */
            colorspace: string | null;
            /**
             * Depth
             * @default null
             */
            depth: number | null;
            /**
             * Duration
             * @default null
             */
            duration: number | null;
            /**
             * Fps
             * @default null
             */
            fps: number | null;
            /**
             * Height
             * @default null
             */
            height: number | null;
            /**
             * Magnification
             * @default null
             */
            magnification: number | null;
            /** Originalfilename */
            originalFilename: string;
            /**
             * Physicalsizex
             * @default null
             */
            physicalSizeX: number | null;
            /**
             * Physicalsizey
             * @default null
             */
            physicalSizeY: number | null;
            /**
             * Physicalsizez
             * @default null
             */
            physicalSizeZ: number | null;
            /**
             * Sampleperpixel
             * @default null
             */
            samplePerPixel: number | null;
            /**
             * Uploadedfile
             * @default null
             */
            uploadedFile: number | null;
            /**
             * Width
             * @default null
             */
            width: number | null;
        };
        /**
         * NewAbstractSlice
         * @description A plane to add to an image.
         */
        NewAbstractSlice: {
            /**
             * Channel
             * @default 0
             */
            channel: number;
            /** Image */
            image: number;
            /**
             * Mime
             * @default null
             */
            mime: string | null;
            /**
             * Time
             * @default 0
             */
            time: number;
            /**
             * Uploadedfile
             * @default null
             */
            uploadedFile: number | null;
            /**
             * Zstack
             * @default 0
             */
            zStack: number;
        };
        /**
         * NewAnnotation
         * @description A geometry (WKT, origin bottom-left) to add to an image. Without a slice it lies on the image's first.
         */
        NewAnnotation: {
            /** Image */
            image: number;
            /** Location */
            location: string;
            /**
             * Slice
             * @default null
             */
            slice: number | null;
            /** Term */
            term?: number[];
            /** Track */
            track?: number[];
            /**
             * User
             * @default null
             */
            user: number | null;
        };
        /**
         * NewAnnotationTrack
         * @description An annotation and the track to put it on.
         */
        NewAnnotationTrack: {
            /** Annotationident */
            annotationIdent: number;
            /** Track */
            track: number;
        };
        /**
         * NewComment
         * @description A comment to members of the annotation's project.
         */
        NewComment: {
            /** Comment */
            comment: string;
            /** Receivers */
            receivers: number[];
        };
        /**
         * NewConfiguration
         * @description A value to add under a key, which has no dots.
         */
        NewConfiguration: {
            /** Key */
            key: string;
            /**
             * Readingrole
             * @enum {string}
             */
            readingRole: "ALL" | "USER" | "ADMIN";
            /** Value */
            value: string;
        };
        /**
         * NewDefaultLayer
         * @description A layer to open images of a project with.
         */
        NewDefaultLayer: {
            /**
             * Hidebydefault
             * @default false
             */
            hideByDefault: boolean;
            /** Project */
            project: number;
            /** User */
            user: number;
        };
        /**
         * NewDescription
         * @description A text of an object.
         */
        NewDescription: {
            /** Data */
            data: string;
        };
        /**
         * NewImageInstance
         * @description An image to show in a project; what it says of sizes holds there alone.
         */
        NewImageInstance: {
            /** Baseimage */
            baseImage: number;
            /**
             * Fps
             * @default null
             */
            fps: number | null;
            /**
             * Instancefilename
             * @default null
             */
            instanceFilename: string | null;
            /**
             * Magnification
             * @default null
             */
            magnification: number | null;
            /**
             * Physicalsizex
             * @default null
             */
            physicalSizeX: number | null;
            /**
             * Physicalsizey
             * @default null
             */
            physicalSizeY: number | null;
            /**
             * Physicalsizez
             * @default null
             */
            physicalSizeZ: number | null;
            /** Project */
            project: number;
        };
        /**
         * NewOntology
         * @description An ontology to add.
         */
        NewOntology: {
            /** Name */
            name: string;
        };
        /**
         * NewProject
         * @description A project to add, and who works on it beside its maker: ``users``, and ``admins`` who manage it.
         */
        NewProject: {
            /** Admins */
            admins?: number[];
            /**
             * Blindmode
             * @default null
             */
            blindMode: boolean | null;
            /**
             * Hideadminslayers
             * @default null
             */
            hideAdminsLayers: boolean | null;
            /**
             * Hideuserslayers
             * @default null
             */
            hideUsersLayers: boolean | null;
            /**
             * Isclosed
             * @default null
             */
            isClosed: boolean | null;
            /**
             * Mode
             * @default null
             */
            mode: ("CLASSIC" | "RESTRICTED" | "READ_ONLY") | null;
            /** Name */
            name: string;
            /**
             * Ontology
             * @default null
             */
            ontology: number | null;
            /** Users */
            users?: number[];
        };
        /**
         * NewProperty
         * @description A property to add.
         */
        NewProperty: {
            /** Key */
            key: string;
            /** Value */
            value: string;
        };
        /**
         * NewRelationTerm
         * @description A term and its parent.
         */
        NewRelationTerm: {
            /** Term1 */
            term1: number;
            /** Term2 */
            term2: number;
        };
        /**
         * NewRepresentative
         * @description A member who is to speak for a project.
         */
        NewRepresentative: {
            /** Project */
            project: number;
            /** User */
            user: number;
        };
        /**
         * NewReviewedAnnotation
         * @description That an annotation (``parentIdent``) is accepted, as it is or with another geometry or other terms.
         */
        NewReviewedAnnotation: {
            /**
             * Location
             * @default null
             */
            location: string | null;
            /** Parentident */
            parentIdent: number;
            /**
             * Term
             * @default null
             */
            term: number[] | null;
            /**
             * Version
             * @default null
             */
            version: number | null;
        };
        /**
         * NewSliceInstance
         * @description A plane of an image to show in a project.
         */
        NewSliceInstance: {
            /** Baseslice */
            baseSlice: number;
            /** Image */
            image: number;
        };
        /**
         * NewStorage
         * @description A storage to add; ``userId`` is another name for its ``user``.
         */
        NewStorage: {
            /** Name */
            name: string;
            /**
             * User
             * @default null
             */
            user: number | null;
        };
        /**
         * NewTag
         * @description A tag to add.
         */
        NewTag: {
            /** Name */
            name: string;
        };
        /**
         * NewTagLink
         * @description A tag to put on an object.
         */
        NewTagLink: {
            /** Tag */
            tag: number;
        };
        /**
         * NewTerm
         * @description A term to add; ``parent`` is another one of the ontology.
         */
        NewTerm: {
            /**
             * Color
             * @default #ff0000
             */
            color: string;
            /**
             * Comment
             * @default null
             */
            comment: string | null;
            /** Name */
            name: string;
            /** Ontology */
            ontology: number;
            /**
             * Parent
             * @default null
             */
            parent: number | null;
        };
        /**
         * NewTrack
         * @description A track to add to an image.
         */
        NewTrack: {
            /**
             * Color
             * @default #ff0000
             */
            color: string;
            /** Image */
            image: number;
            /** Name */
            name: string;
        };
        /**
         * NewUploadedFile
         * @description A file to describe.
         */
        NewUploadedFile: {
            /**
             * Contenttype
             * @default null
             */
            contentType: string | null;
            /**
             * Ext
             * @default null
             */
            ext: string | null;
            /** Filename */
            filename: string;
            /** Originalfilename */
            originalFilename: string;
            /**
             * Parent
             * @default null
             */
            parent: number | null;
            /**
             * Projects
             * @default null
             */
            projects: number[] | null;
            /**
             * Size
             * @default null
             */
            size: number | null;
            /**
             * Status
             * @default null
             */
            status: number | null;
            /** Storage */
            storage: number;
            /**
             * User
             * @default null
             */
            user: number | null;
        };
        /**
         * NewUser
         * @description A user to add.
         */
        NewUser: {
            /**
             * Email
             * @default null
             */
            email: string | null;
            /**
             * Firstname
             * @default null
             */
            firstname: string | null;
            /**
             * Language
             * @default null
             */
            language: ("EN" | "FR" | "NL" | "ES" | "NO") | null;
            /**
             * Lastname
             * @default null
             */
            lastname: string | null;
            /** Username */
            username: string;
        };
        /**
         * NewUserRole
         * @description A role to give.
         */
        NewUserRole: {
            /** Role */
            role: number;
        };
        /**
         * NoImage
         * @description That there is no other image.
         */
        NoImage: Record<string, never>;
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
         * NotExaminedInstance
         * @description An instance that was not looked at, or not wholly: never to be taken for clean.
         */
        NotExaminedInstance: {
            /** Id */
            ID: string;
            /** Reason */
            Reason: string;
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
         * OntologyChange
         * @description What changes of an ontology.
         */
        OntologyChange: {
            /**
             * Name
             * @default null
             */
            name: string | null;
        };
        /**
         * OntologyView
         * @description An ontology with its terms, as a tree.
         */
        OntologyView: {
            attr: components["schemas"]["TreeNode"];
            /** Children */
            children: components["schemas"]["TermNode"][];
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Data */
            data: string;
            /** Deleted */
            deleted?: string | null;
            /**
             * Hidecheckbox
             * @default true
             */
            hideCheckbox: boolean;
            /** Id */
            id: number;
            /**
             * Isfolder
             * @default true
             */
            isFolder: boolean;
            /** Key */
            key: number;
            /** Name */
            name: string;
            /** Numberofprojects */
            numberOfProjects: number;
            /**
             * State
             * @default open
             */
            state: string;
            /** Title */
            title: string;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /** OntologyWritten */
        OntologyWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            ontology: components["schemas"]["OntologyView"];
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        } & {
            [key: string]: unknown;
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
         * PeriodStat
         * @description How many annotations were made in a period, or until its end; times in milliseconds since 1970.
         */
        PeriodStat: {
            /** Date */
            date: number;
            /** Enddate */
            endDate: number;
            /** Size */
            size: number;
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
         * PointsAsked
         * @description Points of one scan, LPS millimetres.
         */
        PointsAsked: {
            /** @description The scan that the points are of */
            From: components["schemas"]["ScanSide"];
            /** Points */
            Points: [
                number,
                number,
                number
            ][];
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
         * PointsFound
         * @description The same points in the other scan; null where the field does not reach.
         */
        PointsFound: {
            /**
             * Expectederrormm
             * @description Null where it is not known
             */
            ExpectedErrorMm: (number | null)[];
            /** Points */
            Points: ([
                number,
                number,
                number
            ] | null)[];
        };
        /**
         * Pong
         * @description That the service is there, and whether it knows who asks.
         */
        Pong: {
            /**
             * Alive
             * @default true
             */
            alive: boolean;
            /** Authenticated */
            authenticated: boolean;
            /**
             * Needsnokeys
             * @description Whether the caller is known by a password, or by a proxy in front
             */
            needsNoKeys: boolean;
            /** Serverurl */
            serverURL: string;
            /** User */
            user: number | null;
            /**
             * Version
             * @default 0.1.0
             */
            version: string;
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
         * ProjectChange
         * @description What changes of a project.
         */
        ProjectChange: {
            /**
             * Blindmode
             * @default null
             */
            blindMode: boolean | null;
            /**
             * Hideadminslayers
             * @default null
             */
            hideAdminsLayers: boolean | null;
            /**
             * Hideuserslayers
             * @default null
             */
            hideUsersLayers: boolean | null;
            /**
             * Isclosed
             * @default null
             */
            isClosed: boolean | null;
            /**
             * Mode
             * @default null
             */
            mode: ("CLASSIC" | "RESTRICTED" | "READ_ONLY") | null;
            /**
             * Name
             * @default null
             */
            name: string | null;
            /**
             * Ontology
             * @default null
             */
            ontology: number | null;
        };
        /** ProjectDefaultLayerWritten */
        ProjectDefaultLayerWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            projectdefaultlayer: components["schemas"]["DefaultLayerView"];
        } & {
            [key: string]: unknown;
        };
        /** ProjectRepresentativeUserWritten */
        ProjectRepresentativeUserWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            projectrepresentativeuser: components["schemas"]["RepresentativeView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * ProjectStat
         * @description How many annotations of a project have a term; ``key`` is the project's name.
         */
        ProjectStat: {
            /** Key */
            key: string;
            /** Value */
            value: number;
        };
        /**
         * ProjectView
         * @description A project, and how much is in it.
         */
        ProjectView: {
            /** Blindmode */
            blindMode: boolean;
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Hideadminslayers */
            hideAdminsLayers: boolean;
            /** Hideuserslayers */
            hideUsersLayers: boolean;
            /** Id */
            id: number;
            /** Isclosed */
            isClosed: boolean;
            /** Isreadonly */
            isReadOnly: boolean;
            /** Isrestricted */
            isRestricted: boolean;
            /** Memberscount */
            membersCount: number;
            /** Mode */
            mode: string;
            /** Name */
            name: string;
            /** Numberofannotations */
            numberOfAnnotations: number;
            /** Numberofimages */
            numberOfImages: number;
            /**
             * Numberofjobannotations
             * @default 0
             */
            numberOfJobAnnotations: number;
            /** Numberofreviewedannotations */
            numberOfReviewedAnnotations: number;
            /** Numberofslides */
            numberOfSlides: number;
            /** Ontology */
            ontology: number | null;
            /** Ontologyname */
            ontologyName: string | null;
            /**
             * Retrievalallontology
             * @default false
             */
            retrievalAllOntology: boolean;
            /**
             * Retrievaldisable
             * @default true
             */
            retrievalDisable: boolean;
            /** Retrievalprojects */
            retrievalProjects?: number[];
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /** ProjectWritten */
        ProjectWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            project: components["schemas"]["ProjectView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * PropertyChange
         * @description What changes of a property.
         */
        PropertyChange: {
            /**
             * Key
             * @default null
             */
            key: string | null;
            /**
             * Value
             * @default null
             */
            value: string | null;
        };
        /**
         * PropertyView
         * @description A property of an object.
         */
        PropertyView: {
            /**
             * Class
             * @default be.cytomine.meta.Property
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Domainclassname */
            domainClassName: string;
            /** Domainident */
            domainIdent: number;
            /** Id */
            id: number;
            /** Key */
            key: string;
            /** Updated */
            updated: string | null;
            /** Value */
            value: string;
        };
        /**
         * PropertyWritten
         * @description A property that was written.
         */
        PropertyWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            property: components["schemas"]["PropertyView"];
        } & {
            [key: string]: unknown;
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
         * RecipeOfRule
         * @description The deid recipe that a rule came in: its rules apply together.
         */
        RecipeOfRule: {
            /** Name */
            Name: string;
            /** Whitelist */
            Whitelist: boolean;
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
             * Floatingselect
             * @description Which of several stacks in one list: SeriesInstanceUID, AcquisitionNumber, TemporalPositionIndex, TriggerTime, ConvolutionKernel, Rows, Columns, with their values
             * @default {}
             */
            FloatingSelect: {
                [key: string]: string | number;
            };
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
             * Referenceselect
             * @description Which of several stacks in one list: SeriesInstanceUID, AcquisitionNumber, TemporalPositionIndex, TriggerTime, ConvolutionKernel, Rows, Columns, with their values
             * @default {}
             */
            ReferenceSelect: {
                [key: string]: string | number;
            };
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
         * RelationTermView
         * @description A term and its parent.
         */
        RelationTermView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /**
             * Name
             * @default parent
             */
            name: string;
            /** Term1 */
            term1: number;
            /** Term2 */
            term2: number;
            /** Updated */
            updated: string | null;
        };
        /** RelationTermWritten */
        RelationTermWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            relationterm: components["schemas"]["RelationTermView"];
        } & {
            [key: string]: unknown;
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
         * RepresentativeView
         * @description A member who speaks for a project.
         */
        RepresentativeView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Project */
            project: number;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /**
         * Review
         * @description A decision, who took it and when.
         */
        Review: {
            /** Comment */
            Comment: string;
            Decision: components["schemas"]["Decision"];
            /**
             * Reviewer
             * @description Null where Orthanc asks nobody for a name
             */
            Reviewer: string | null;
            /**
             * Time
             * @description ISO 8601, UTC
             */
            Time: string;
        };
        /**
         * ReviewGiven
         * @description What a person thinks of a result.
         */
        ReviewGiven: {
            /**
             * Comment
             * @default
             */
            Comment: string;
            Decision: components["schemas"]["Decision"];
        };
        /**
         * ReviewStat
         * @description How many annotations of an image a user made (``all``), and how many of them were accepted.
         */
        ReviewStat: {
            /** All */
            all: number;
            /** Reviewed */
            reviewed: number;
            /** User */
            user: number;
        };
        /**
         * Reviewed
         * @description The review that stands, and the job that removes what was rejected.
         */
        Reviewed: {
            /** @description Null when nothing is to be removed, or all of it has been */
            Removal: components["schemas"]["StartedJob"] | null;
            Review: components["schemas"]["Review"];
        };
        /**
         * ReviewedAnnotationChange
         * @description What changes of a reviewed annotation; ``terms`` is another name of its ``term``.
         */
        ReviewedAnnotationChange: {
            /**
             * Location
             * @default null
             */
            location: string | null;
            /**
             * Term
             * @default null
             */
            term: number[] | null;
            /**
             * Version
             * @default null
             */
            version: number | null;
        };
        /**
         * ReviewedAnnotationView
         * @description An annotation that was accepted: the same object, under the names that reviewed ones have.
         */
        ReviewedAnnotationView: {
            /** Area */
            area: number;
            /** Areaunit */
            areaUnit: string;
            centroid: components["schemas"]["Centroid"];
            /** Class */
            class: string;
            /** Container */
            container: number;
            /** Created */
            created: string | null;
            /** Cropurl */
            cropURL: string;
            /** Deleted */
            deleted?: string | null;
            /**
             * Geometrycompression
             * @default 0
             */
            geometryCompression: number;
            /** Id */
            id: number;
            /** Image */
            image: number;
            /** Location */
            location: string;
            /** Nbcomments */
            nbComments: number;
            /** Parentclassname */
            parentClassName: string;
            /** Parentident */
            parentIdent: number;
            /** Perimeter */
            perimeter: number;
            /** Perimeterunit */
            perimeterUnit: string;
            /** Project */
            project: number;
            /**
             * Repaired
             * @default false
             */
            repaired: boolean;
            /** Reviewuser */
            reviewUser: number | null;
            /** Reviewed */
            reviewed: boolean;
            /** Slice */
            slice: number;
            /** Smallcropurl */
            smallCropURL: string;
            /**
             * Status
             * @default 1
             */
            status: number;
            /** Term */
            term: number[];
            /** Terms */
            terms: number[];
            /** Track */
            track: number[];
            /** Updated */
            updated: string | null;
            /** Url */
            url: string;
            /** User */
            user: number;
            /** Version */
            version: number;
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
         * RoleView
         * @description One of the three roles.
         */
        RoleView: {
            /** Authority */
            authority: string;
            /**
             * Class
             * @default be.cytomine.security.SecRole
             */
            class: string;
            /** Id */
            id: number;
        };
        /**
         * Rule
         * @description What to mask in images of a device.
         */
        Rule: {
            Image?: components["schemas"]["ImageSize"] | null;
            /** Name */
            Name: string;
            /**
             * Order
             * @description The first rule that applies wins; of equal ones by name
             */
            Order: number;
            Recipe?: components["schemas"]["RecipeOfRule"] | null;
            /**
             * Regions
             * @description Empty: such images are harmless
             */
            Regions: components["schemas"]["RuleRegion"][];
            /**
             * When
             * @description `{"All"|"Any": […]}`, `{"Not": …}` or `{"<Keyword>": {"equals"|"contains"|"startsWith"|"matches": text}}`, `{"<Keyword>": {"missing": true}}`
             */
            When: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /**
         * RuleRegion
         * @description A place to mask, or to keep, on every frame.
         */
        RuleRegion: {
            /** End */
            End?: number[] | null;
            /**
             * Fillvalue
             * @description Stored value; null: what an image shows darkest
             */
            FillValue?: number | null;
            /**
             * Keep
             * @description Mask everything else
             * @default false
             */
            Keep: boolean;
            /**
             * Masktype
             * @default Fill
             * @constant
             */
            MaskType: "Fill";
            /**
             * Origin
             * @description Of `2D`, as the next: pixel indices, the end exclusive
             */
            Origin?: number[] | null;
            /**
             * Points
             * @description Of `Polygon`: corners `[x, y]` in pixels
             */
            Points?: number[][] | null;
            /**
             * Regiontype
             * @description As in `MaskPixelData`; or what that finder gives
             * @enum {string}
             */
            RegionType: "2D" | "Polygon" | "UltrasoundRegions";
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
         * ScanSide
         * @description One of the two scans of a registration.
         * @enum {string}
         */
        ScanSide: "reference" | "floating";
        /**
         * Search
         * @description Filters and groups of fields of a listing of annotations, by the names they have in a query.
         */
        Search: {
            /**
             * Max
             * @default 0
             */
            max: number;
            /**
             * Offset
             * @default 0
             */
            offset: number;
        } & {
            [key: string]: unknown;
        };
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
         * SegmentRequest
         * @description What to find.
         */
        SegmentRequest: {
            /**
             * Store
             * @description Write them into the study as a Height Map Segmentation, AUTOMATIC
             * @default false
             */
            store: boolean;
            /**
             * Surfaces
             * @description Among ILM, RNFL_outer, INL_inner, BM
             */
            surfaces?: components["schemas"]["Surface"][];
        };
        /**
         * SegmentStarted
         * @description The job that segments, and where its result will be.
         */
        SegmentStarted: {
            /** Id */
            ID: string;
            /** Path */
            Path: string;
            /** Resulturl */
            ResultUrl: string;
        };
        /**
         * SegmentationFound
         * @description Surfaces by name, one list for each B-scan, one row for each column; computed, and reviewed by nobody.
         */
        SegmentationFound: {
            /** Algorithm */
            algorithm: string;
            /**
             * Bias
             * @description `unknown`: it was calibrated on no device
             */
            bias: string;
            /**
             * Confidence
             * @description 0 to 1
             */
            confidence: {
                [key: string]: number[][];
            };
            disc: components["schemas"]["DiscFound"] | null;
            /**
             * Fovea
             * @description [column, B-scan]
             */
            fovea: [
                number,
                number
            ] | null;
            /**
             * Stored
             * @description Orthanc's id of the height map
             */
            stored: string | null;
            /**
             * Surfaces
             * @description Rows in the coordinates of polygons: 0 is the centre of the first row; null where not held
             */
            surfaces: {
                [key: string]: (number | null)[][];
            };
            /** Version */
            version: string;
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
         * Signed
         * @description Who signed a request.
         */
        Signed: {
            /** Publickey */
            publicKey: string;
            /** User */
            user: number;
            /**
             * Valid
             * @default true
             */
            valid: boolean;
        };
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
         * Skipped
         * @description A feature that was not imported; ``index`` is its place in the file, from 0.
         */
        Skipped: {
            /** Index */
            index: number;
            /** Reason */
            reason: string;
        };
        /**
         * SkippedPart
         * @description A part of the file that no rule here can express.
         */
        SkippedPart: {
            /** Line */
            Line: number;
            /** Reason */
            Reason: string;
            /** Text */
            Text: string;
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
         * SliceInstanceView
         * @description A plane of an image in a project.
         */
        SliceInstanceView: {
            /** Baseslice */
            baseSlice: number;
            /** Channel */
            channel: number;
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Image */
            image: number;
            /** Mime */
            mime: string | null;
            /** Project */
            project: number;
            /** Rank */
            rank: number;
            /** Time */
            time: number;
            /** Updated */
            updated: string | null;
            /** Zstack */
            zStack: number;
        };
        /** SliceInstanceWritten */
        SliceInstanceWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            sliceinstance: components["schemas"]["SliceInstanceView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * SlideDescription
         * @description Size of the largest level, and how it is cut into tiles.
         */
        SlideDescription: {
            /**
             * Faults
             * @description Why parts of the slide, named by their size, cannot be shown
             */
            faults: string[];
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
         * SlideLevelAnswer
         * @description A level of a slide, or a part of it that should be one; sizes in pixels, null where unknown.
         */
        SlideLevelAnswer: {
            /**
             * Factor
             * @description Pixels of the largest level along a side of its own; null: no whole number
             */
            factor: number | null;
            /**
             * Fault
             * @description Why it cannot be shown
             */
            fault: string | null;
            /** Height */
            height: number | null;
            /** Tiles */
            tiles: number;
            /** Width */
            width: number | null;
        };
        /**
         * SlideLevelListing
         * @description All levels, the largest first; what cannot be shown at all comes last.
         */
        SlideLevelListing: {
            /** Collection */
            collection: components["schemas"]["SlideLevelAnswer"][];
            /** Offset */
            offset: number;
            /** Perpage */
            perPage: number;
            /** Size */
            size: number;
            /** Totalpages */
            totalPages: number;
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
         * StorageChange
         * @description What changes of a storage.
         */
        StorageChange: {
            /**
             * Name
             * @default null
             */
            name: string | null;
            /**
             * User
             * @default null
             */
            user: number | null;
        };
        /**
         * StorageView
         * @description A storage.
         */
        StorageView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
            /** Userid */
            userId: number;
        };
        /** StorageWritten */
        StorageWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            storage: components["schemas"]["StorageView"];
        } & {
            [key: string]: unknown;
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
         * StudyOrder
         * @description In which order studies are listed; a minus: the last first. Studies without a date come last.
         * @enum {string}
         */
        StudyOrder: "-date" | "date" | "patient" | "-patient" | "description";
        /**
         * StudySearch
         * @description What to look for. In a body, because a name belongs in no URL.
         */
        StudySearch: {
            /**
             * From
             * @description YYYY-MM-DD or YYYYMMDD; empty: any
             * @default
             */
            from: string;
            /**
             * Limit
             * @default 50
             */
            limit: number;
            /**
             * Modality
             * @description Of at least one series
             * @default
             */
            modality: string;
            /**
             * Offset
             * @default 0
             */
            offset: number;
            /** @default -date */
            order: components["schemas"]["StudyOrder"];
            /**
             * Text
             * @description Words that a study's line holds, in any case; `*` and `?` stand for others
             * @default
             */
            text: string;
            /**
             * To
             * @description YYYY-MM-DD or YYYYMMDD; empty: any
             * @default
             */
            to: string;
        };
        /**
         * Surface
         * @description Surfaces that have a code (CID 4273), from the vitreous outwards.
         * @enum {string}
         */
        Surface: "ILM" | "RNFL_outer" | "GCL_outer" | "INL_inner" | "INL_outer" | "OPL_outer" | "HFL_outer" | "ELM" | "IS_OS" | "interdigitation" | "RPE_inner" | "RPE_centre" | "RPE_outer" | "BM" | "CC_outer" | "choroid_outer";
        /**
         * TagChange
         * @description What changes of a tag.
         */
        TagChange: {
            /**
             * Name
             * @default null
             */
            name: string | null;
        };
        /**
         * TagLinkView
         * @description A tag on an object.
         */
        TagLinkView: {
            /**
             * Class
             * @default be.cytomine.meta.TagDomainAssociation
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Domainclassname */
            domainClassName: string;
            /** Domainident */
            domainIdent: number;
            /** Id */
            id: number;
            /** Tag */
            tag: number;
            /** Tagname */
            tagName: string;
            /** Updated */
            updated: string | null;
        };
        /**
         * TagLinkWritten
         * @description A tag that an object got, or lost; clients read it under either key.
         */
        TagLinkWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            tag_domain_association: components["schemas"]["TagLinkView"];
            tagdomainassociation: components["schemas"]["TagLinkView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * TagView
         * @description A tag.
         */
        TagView: {
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /** TagWritten */
        TagWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            tag: components["schemas"]["TagView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * TermChange
         * @description What changes of a term.
         */
        TermChange: {
            /**
             * Color
             * @default null
             */
            color: string | null;
            /**
             * Comment
             * @default null
             */
            comment: string | null;
            /**
             * Name
             * @default null
             */
            name: string | null;
        };
        /**
         * TermNode
         * @description A term in the tree of its ontology.
         */
        TermNode: {
            attr: components["schemas"]["TreeNode"];
            /** Children */
            children?: number[];
            /**
             * Class
             * @default be.cytomine.ontology.Term
             */
            class: string;
            /** Color */
            color: string;
            /** Data */
            data: string;
            /**
             * Hidecheckbox
             * @default false
             */
            hideCheckbox: boolean;
            /** Id */
            id: number;
            /**
             * Isfolder
             * @default false
             */
            isFolder: boolean;
            /** Key */
            key: number;
            /** Name */
            name: string;
            /** Title */
            title: string;
        };
        /**
         * TermOfUser
         * @description How often a user gave a term.
         */
        TermOfUser: {
            /** Color */
            color: string;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Value */
            value: number;
        };
        /**
         * TermStat
         * @description How many annotations, or images, have a term; ``key`` is its name. Without a term: id and key are null.
         */
        TermStat: {
            /** Color */
            color: string | null;
            /** Id */
            id: number | null;
            /** Key */
            key: string | null;
            /** Value */
            value: number;
        };
        /**
         * TermView
         * @description A term.
         */
        TermView: {
            /** Class */
            class: string;
            /** Color */
            color: string;
            /** Comment */
            comment: string | null;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Ontology */
            ontology: number;
            /** Parent */
            parent: number | null;
            /** Updated */
            updated: string | null;
        };
        /** TermWritten */
        TermWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            term: components["schemas"]["TermView"];
        } & {
            [key: string]: unknown;
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
         * Total
         * @description How many there are.
         */
        Total: {
            /** Total */
            total: number;
        };
        /**
         * TrackChange
         * @description What changes of a track.
         */
        TrackChange: {
            /**
             * Color
             * @default null
             */
            color: string | null;
            /**
             * Name
             * @default null
             */
            name: string | null;
        };
        /**
         * TrackView
         * @description A track.
         */
        TrackView: {
            /** Class */
            class: string;
            /** Color */
            color: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Image */
            image: number;
            /** Name */
            name: string;
            /** Project */
            project: number;
            /** Updated */
            updated: string | null;
        };
        /** TrackWritten */
        TrackWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            track: components["schemas"]["TrackView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * TreeNode
         * @description What widgets that show trees want to know of an object.
         */
        TreeNode: {
            /** Id */
            id: number;
            /** Type */
            type: string;
        };
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
         * UploadedFileChange
         * @description What changes of what is said of a file.
         */
        UploadedFileChange: {
            /**
             * Contenttype
             * @default null
             */
            contentType: string | null;
            /**
             * Ext
             * @default null
             */
            ext: string | null;
            /**
             * Filename
             * @default null
             */
            filename: string | null;
            /**
             * Originalfilename
             * @default null
             */
            originalFilename: string | null;
            /**
             * Parent
             * @default null
             */
            parent: number | null;
            /**
             * Projects
             * @default null
             */
            projects: number[] | null;
            /**
             * Size
             * @default null
             */
            size: number | null;
            /**
             * Status
             * @default null
             */
            status: number | null;
            /**
             * Storage
             * @default null
             */
            storage: number | null;
            /**
             * User
             * @default null
             */
            user: number | null;
        };
        /**
         * UploadedFileView
         * @description What is said of a file.
         */
        UploadedFileView: {
            /** Class */
            class: string;
            /** Contenttype */
            contentType: string | null;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Ext */
            ext: string | null;
            /** Filename */
            filename: string;
            /** Id */
            id: number;
            /** Originalfilename */
            originalFilename: string;
            /** Parent */
            parent: number | null;
            /** Path */
            path: string;
            /** Projects */
            projects: number[] | null;
            /** Size */
            size: number | null;
            /** Status */
            status: number;
            /**
             * Statustext
             * @default UPLOADED
             */
            statusText: string;
            /** Storage */
            storage: number;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /** UploadedFileWritten */
        UploadedFileWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            uploadedfile: components["schemas"]["UploadedFileView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * UserChange
         * @description What changes of a user.
         */
        UserChange: {
            /**
             * Email
             * @default null
             */
            email: string | null;
            /**
             * Firstname
             * @default null
             */
            firstname: string | null;
            /**
             * Language
             * @default null
             */
            language: ("EN" | "FR" | "NL" | "ES" | "NO") | null;
            /**
             * Lastname
             * @default null
             */
            lastname: string | null;
            /**
             * Username
             * @default null
             */
            username: string | null;
        };
        /**
         * UserRoleView
         * @description A role of a user.
         */
        UserRoleView: {
            /** Authority */
            authority: string;
            /**
             * Class
             * @default be.cytomine.security.SecUserSecRole
             */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Id */
            id: number;
            /** Role */
            role: number;
            /** Updated */
            updated: string | null;
            /** User */
            user: number;
        };
        /**
         * UserRoleWritten
         * @description A role that a user got, or lost.
         */
        UserRoleWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            secusersecrole: components["schemas"]["UserRoleView"];
        } & {
            [key: string]: unknown;
        };
        /**
         * UserStat
         * @description How many annotations a user made, or images a user annotated; ``key`` is the name.
         */
        UserStat: {
            /** Id */
            id: number;
            /** Key */
            key: string;
            /** Username */
            username: string;
            /** Value */
            value: number;
        };
        /**
         * UserTermStat
         * @description How often a user gave each term; ``key`` is the user's name.
         */
        UserTermStat: {
            /** Id */
            id: number;
            /** Key */
            key: string;
            /** Terms */
            terms: components["schemas"]["TermOfUser"][];
        };
        /**
         * UserView
         * @description A user; never the private key.
         */
        UserView: {
            /** Admin */
            admin: boolean;
            /**
             * Algo
             * @default false
             */
            algo: boolean;
            /** Class */
            class: string;
            /** Created */
            created: string | null;
            /** Deleted */
            deleted?: string | null;
            /** Email */
            email: string;
            /** Enabled */
            enabled: boolean;
            /** Firstname */
            firstname: string;
            /** Guest */
            guest: boolean;
            /** Id */
            id: number;
            /** Language */
            language: string;
            /** Lastname */
            lastname: string;
            /** Name */
            name: string;
            /**
             * Origin
             * @enum {string}
             */
            origin: "CONFIGURATION" | "API";
            /** Updated */
            updated: string | null;
            /** User */
            user: boolean;
            /** Username */
            username: string;
        };
        /** UserWritten */
        UserWritten: {
            /** Callback */
            callback: {
                [key: string]: string | number;
            };
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
            user: components["schemas"]["UserView"];
        } & {
            [key: string]: unknown;
        };
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
        /** WrittenMany[AbstractImageView] */
        WrittenMany_AbstractImageView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["AbstractImageView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[AbstractSliceView] */
        WrittenMany_AbstractSliceView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["AbstractSliceView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[AnnotationId] */
        WrittenMany_AnnotationId_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["AnnotationId"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[DefaultLayerView] */
        WrittenMany_DefaultLayerView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["DefaultLayerView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[ImageInstanceView] */
        WrittenMany_ImageInstanceView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["ImageInstanceView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[OntologyView] */
        WrittenMany_OntologyView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["OntologyView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[ProjectView] */
        WrittenMany_ProjectView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["ProjectView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[PropertyView] */
        WrittenMany_PropertyView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["PropertyView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[RepresentativeView] */
        WrittenMany_RepresentativeView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["RepresentativeView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[SliceInstanceView] */
        WrittenMany_SliceInstanceView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["SliceInstanceView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[StorageView] */
        WrittenMany_StorageView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["StorageView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[TagView] */
        WrittenMany_TagView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["TagView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[TermView] */
        WrittenMany_TermView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["TermView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[TrackView] */
        WrittenMany_TrackView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["TrackView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[UploadedFileView] */
        WrittenMany_UploadedFileView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["UploadedFileView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /** WrittenMany[UserView] */
        WrittenMany_UserView_: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["UserView"][];
            /** Command */
            command?: number | null;
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
        };
        /**
         * WrittenPartly
         * @description What was added of a list, and why the rest was not.
         */
        WrittenPartly: {
            /** Callback */
            callback: {
                [key: string]: string;
            };
            /** Collection */
            collection: components["schemas"]["AnnotationId"][];
            /** Command */
            command?: number | null;
            /** Errors */
            errors: components["schemas"]["BatchError"][];
            /** Message */
            message: string;
            /**
             * Printmessage
             * @default true
             */
            printMessage: boolean;
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
