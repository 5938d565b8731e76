/** What is drawn but not sent yet, kept in this browser under Orthanc's identifier: it survives a reload. */
export function readDraft<T>(name: string, isValid: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`ophtha ${name}`) ?? "null");
    return isValid(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeDraft(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(`ophtha ${name}`);
    else localStorage.setItem(`ophtha ${name}`, JSON.stringify(value));
  } catch {
    // A browser without storage: the drawing lives as long as the page.
  }
}

/** A name that no other tab has. */
export function newDraftId(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}

export function isDraftId(value: unknown): value is string {
  return typeof value === "string" && /^\d+-\d+$/.test(value);
}
