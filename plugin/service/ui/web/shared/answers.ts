import type { components } from "./schemas";

/** What the service answers, by the name that its description gives it. */
export type Answer<Name extends keyof components["schemas"]> = components["schemas"][Name];
