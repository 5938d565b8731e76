/** What the comparison shows at once. */
export const PLANES = ["all three", "axial", "coronal", "sagittal"] as const;
export type Planes = (typeof PLANES)[number];
