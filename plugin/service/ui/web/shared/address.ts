import { useLayoutEffect } from "preact/hooks";

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

/** Changes the address in one step with the page: a reload between the two would show something else. */
export function useAddress(changes: () => Record<string, string | null>, causes: readonly unknown[]): void {
  useLayoutEffect(() => writeAddress(changes()), causes);
}

/** A number of the address; null where none stands: addresses are typed, cut off and mistaken. */
export function numberIn(address: URLSearchParams, name: string): number | null {
  const text = address.get(name)?.trim();
  const value = Number(text);
  return text && Number.isFinite(value) ? value : null;
}

/** A whole number from zero on; null where none stands. */
export function indexIn(address: URLSearchParams, name: string): number | null {
  const value = numberIn(address, name);
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** One of the words that are known; null for any other. */
export function wordIn<T extends string>(address: URLSearchParams, name: string, known: readonly T[]): T | null {
  return known.find((word) => word === address.get(name)) ?? null;
}
