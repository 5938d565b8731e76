import { useCallback, useState } from "preact/hooks";

export interface History<T> {
  present: T;
  /** The next value comes from the latest one: keys may follow each other faster than the page is drawn. */
  change: (next: (present: T) => T, merge?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
}

interface Steps<T> {
  past: T[];
  present: T;
  future: T[];
  merge: string | undefined;
}

const STEPS_KEPT = 200;

/** A value with undo and redo. Changes with the same `merge` word are one step: a drag is undone at once. */
export function useHistory<T>(initial: () => T): History<T> {
  const [steps, setSteps] = useState<Steps<T>>(() => ({ past: [], present: initial(), future: [], merge: undefined }));
  const change = useCallback((next: (present: T) => T, merge?: string) => {
    setSteps(({ past, present, merge: last }) => ({
      past: merge !== undefined && merge === last ? past : [...past, present].slice(-STEPS_KEPT),
      present: next(present),
      future: [],
      merge,
    }));
  }, []);
  const undo = useCallback(() => {
    setSteps((now) => {
      const before = now.past.at(-1);
      if (before === undefined) return now;
      return { past: now.past.slice(0, -1), present: before, future: [now.present, ...now.future], merge: undefined };
    });
  }, []);
  const redo = useCallback(() => {
    setSteps((now) => {
      const next = now.future[0];
      if (next === undefined) return now;
      return { past: [...now.past, now.present], present: next, future: now.future.slice(1), merge: undefined };
    });
  }, []);
  return {
    present: steps.present,
    change,
    undo,
    redo,
    canUndo: steps.past.length > 0,
    canRedo: steps.future.length > 0,
  };
}
