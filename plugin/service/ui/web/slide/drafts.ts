import { readDraft, writeDraft } from "../shared/draft";
import type { Annotation } from "./annotation_platform";

/** Something drawn that the server has not taken yet. */
export type Unsent = { kind: "new"; location: string; term: number[] } | { kind: "changed"; annotation: Annotation };

/** What was not sent, kept in this browser under the name of the slide and the project. */
export class Drafts {
  constructor(private readonly name: string) {}

  all(): Unsent[] {
    return readDraft(this.name, isUnsentList) ?? [];
  }

  keep(unsent: Unsent): void {
    writeDraft(this.name, [...this.without(unsent), unsent]);
  }

  /** The server has it, or never will. */
  drop(unsent: Unsent): void {
    const left = this.without(unsent);
    writeDraft(this.name, left.length > 0 ? left : null);
  }

  private without(unsent: Unsent): Unsent[] {
    return this.all().filter((each) => nameOf(each) !== nameOf(unsent));
  }
}

function nameOf(unsent: Unsent): string {
  return unsent.kind === "new" ? `new ${unsent.location}` : `changed ${unsent.annotation.id}`;
}

function isUnsentList(value: unknown): value is Unsent[] {
  return Array.isArray(value) && value.every(isUnsent);
}

function isUnsent(value: unknown): value is Unsent {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "new") return isShape(value);
  return value.kind === "changed" && "annotation" in value && isShape(value.annotation);
}

function isShape(value: unknown): boolean {
  const { location, term } = (value ?? {}) as Partial<Annotation>;
  return typeof location === "string" && Array.isArray(term) && term.every((each) => Number.isSafeInteger(each));
}
