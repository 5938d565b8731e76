import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { announce } from "../shared/announcer";
import { explain } from "../shared/loaded";
import { Away } from "../shared/service";
import type { Annotation, AnnotationPlatform, Term } from "./annotation_platform";
import { Drafts, type Unsent } from "./drafts";
import { renumbered, takeBack, type Step } from "./steps";

/** Steps of an arrow key follow each other: they are sent, and undone, as one change. */
const ADJUSTED_MS = 500;

/** Whether the server has what was drawn: all of it, not yet, or it could not be asked and this browser keeps the rest. */
export type Saving = "saved" | "saving" | "kept";

export interface Annotations {
  all: Annotation[];
  saving: Saving;
  error: string | null;
  canUndo: boolean;
  canRedo: boolean;
  add: (location: string, term: Term | null) => Promise<void>;
  change: (before: Annotation, after: Annotation) => Promise<void>;
  /** A small change that more of its kind may follow. */
  adjust: (id: number, change: (now: Annotation) => Annotation) => void;
  remove: (annotation: Annotation) => Promise<void>;
  undo: () => void;
  redo: () => void;
}

interface Steps {
  past: Step[];
  future: Step[];
}

const NO_STEPS: Steps = { past: [], future: [] };

interface AnnotationsOf {
  platform: AnnotationPlatform | null;
  image: number | null;
  /** What the server listed last. */
  stored: Annotation[] | null;
  /** The name under which this browser keeps what could not be sent. */
  draft: string;
}

/** The annotations of an image: each change goes to the server at once, and can be undone there. */
export function useAnnotations({ platform, image, stored, draft }: AnnotationsOf): Annotations {
  const [all, setAll] = useState<Annotation[]>([]);
  const [steps, setSteps] = useState<Steps>(NO_STEPS);
  const [error, setError] = useState<string | null>(null);
  const [saving, setSaving] = useState<Saving>("saved");
  const drafts = useMemo(() => new Drafts(draft), [draft]);
  const turn = useRef<Promise<void>>(Promise.resolve());
  const underWay = useRef(0);
  const adjusted = useRef<{ before: Annotation; after: Annotation; timer: ReturnType<typeof setTimeout> } | null>(null);
  // What is current while answers are waited for, when the page was not drawn anew yet.
  const latest = useRef(all);
  const latestSteps = useRef(steps);
  const latestDrafts = useRef(drafts);
  latestDrafts.current = drafts;

  const update = (next: (all: Annotation[]) => Annotation[]) => {
    latest.current = next(latest.current);
    setAll(latest.current);
  };
  const put = (annotation: Annotation) =>
    update((now) => now.map((each) => (each.id === annotation.id ? annotation : each)));
  const setStepsNow = (next: Steps) => {
    latestSteps.current = next;
    setSteps(next);
  };
  const done = (step: Step) => setStepsNow({ past: [...latestSteps.current.past, step], future: [] });
  /** False when the server refused; what it could not be asked is kept. */
  const send = async (unsent: Unsent, work: () => Promise<void>): Promise<boolean> => {
    drafts.keep(unsent);
    try {
      await work();
    } catch (refusal) {
      if (refusal instanceof Away) return true;
      drafts.drop(unsent);
      setError(explain(refusal));
      return false;
    }
    drafts.drop(unsent);
    setError(null);
    return true;
  };
  const create = (location: string, term: number[]) =>
    send({ kind: "new", location, term }, async () => {
      if (!platform || image === null) throw new Away();
      const annotation = await platform.add(image, location, term);
      update((now) => [...now, annotation]);
      done({ kind: "added", annotation });
      announce("Annotation added");
    });
  const save = async (before: Annotation, after: Annotation) => {
    put(after);
    const taken = await send({ kind: "changed", annotation: after }, async () => {
      if (!platform) throw new Away();
      await platform.change(after);
      done({ kind: "changed", before, after });
    });
    if (!taken) put(before);
  };
  const tellSaving = () => {
    const isBusy = underWay.current > 0 || adjusted.current !== null;
    setSaving(isBusy ? "saving" : latestDrafts.current.all().length > 0 ? "kept" : "saved");
  };
  /** One after the other: what is undone next must be known, and the server takes changes in their order. */
  const inTurn = (work: () => Promise<unknown>): Promise<void> => {
    underWay.current += 1;
    tellSaving();
    turn.current = turn.current.then(async () => {
      await saveAdjusted();
      await work();
      underWay.current -= 1;
      tellSaving();
    });
    return turn.current;
  };
  const saveAdjusted = async () => {
    const now = adjusted.current;
    adjusted.current = null;
    if (!now) return;
    clearTimeout(now.timer);
    await save(now.before, now.after);
  };

  useEffect(() => {
    if (stored === null) return;
    latest.current = stored;
    setAll(stored);
    // What could not be sent before: the service was away, or the page was loaded anew.
    for (const unsent of drafts.all()) {
      if (unsent.kind === "new") void inTurn(() => create(unsent.location, unsent.term));
      else {
        const before = stored.find((each) => each.id === unsent.annotation.id);
        if (before) void inTurn(() => save(before, unsent.annotation));
        else drafts.drop(unsent);
      }
    }
    tellSaving();
  }, [stored]);
  useEffect(() => {
    setStepsNow(NO_STEPS);
    setError(null);
    return () => void inTurn(() => Promise.resolve());
  }, [image]);

  const remove = async (annotation: Annotation) => {
    try {
      await platform?.remove(annotation.id);
      update((now) => now.filter((each) => each.id !== annotation.id));
      done({ kind: "removed", annotation });
      setError(null);
    } catch (refusal) {
      if (!(refusal instanceof Away)) setError(explain(refusal));
    }
  };
  const step = async (from: keyof Steps, to: keyof Steps) => {
    const last = latestSteps.current[from].at(-1);
    if (!last || !platform || image === null) return;
    try {
      const { undone, apply } = await takeBack(platform, image, last);
      const rename = (each: Step) =>
        last.kind === "removed" && undone.kind === "added" ? renumbered(each, last.annotation.id, undone.annotation.id) : each;
      const now = latestSteps.current;
      setStepsNow({
        ...now,
        [from]: now[from].slice(0, -1).map(rename),
        [to]: [...now[to].map(rename), undone],
      });
      update(apply);
      setError(null);
    } catch (refusal) {
      if (!(refusal instanceof Away)) setError(explain(refusal));
    }
  };
  return {
    all,
    saving,
    error,
    canUndo: steps.past.length > 0,
    canRedo: steps.future.length > 0,
    add: (location, term) => {
      const terms = term ? [term.id] : [];
      drafts.keep({ kind: "new", location, term: terms });
      return inTurn(() => create(location, terms));
    },
    change: (before, next) => inTurn(() => save(before, next)),
    adjust: (id, change) => {
      const now = latest.current.find((each) => each.id === id);
      if (!now) return;
      const last = adjusted.current;
      if (last) clearTimeout(last.timer);
      if (last && last.after.id !== id) {
        adjusted.current = null;
        void inTurn(() => save(last.before, last.after));
      }
      const after = change(now);
      put(after);
      drafts.keep({ kind: "changed", annotation: after });
      const timer = setTimeout(() => void inTurn(() => Promise.resolve()), ADJUSTED_MS);
      adjusted.current = { before: adjusted.current?.before ?? now, after, timer };
      tellSaving();
    },
    remove: (annotation) => inTurn(() => remove(annotation)),
    undo: () => void inTurn(() => step("past", "future")),
    redo: () => void inTurn(() => step("future", "past")),
  };
}
