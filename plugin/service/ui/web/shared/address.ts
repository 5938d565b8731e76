/** The page's state in its address: a link shows the same thing to somebody else. */
export function readAddress(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** Change parameters without a step in the history; null removes one. */
export function writeAddress(changes: Record<string, string | null>): void {
  const parameters = readAddress();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}`);
}
