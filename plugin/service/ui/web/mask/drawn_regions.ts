import { useEffect, useRef, useState } from "preact/hooks";
import { readAddress, useAddress } from "../shared/address";
import { isDraftId, newDraftId, readDraft, writeDraft } from "../shared/draft";
import { useHistory } from "../shared/history";
import { isRegionList, type DrawnRegion } from "./region";

/** How a region is changed: changes of one kind that follow each other are undone at once. */
export type Gesture = "drag" | "move" | "resize" | "type";

export interface DrawnRegions {
  all: DrawnRegion[];
  current: DrawnRegion | null;
  /** Whether the next drag over the image draws the newest region, wherever it begins. */
  drawing: boolean;
  canUndo: boolean;
  canRedo: boolean;
  select: (id: number | null) => void;
  /** A new region that is there at once, and may be drawn elsewhere. */
  add: (make: Make) => void;
  /** Draws the region that is being drawn; begins one when there is none. */
  outline: (make: Make, done: boolean) => void;
  stopDrawing: () => void;
  edit: (id: number, change: (region: DrawnRegion) => DrawnRegion, gesture: Gesture) => void;
  remove: (id: number | null) => void;
  undo: () => void;
  redo: () => void;
  /** What was sent need not survive a reload any more. */
  forgetDraft: (sent: DrawnRegion[]) => void;
}

type Make = (id: number) => DrawnRegion | null;

interface Draft {
  /** Of this tab, or of a tab that was reloaded. */
  id: string;
  regions: DrawnRegion[];
}

/** The draft that the address names, else a copy of the last one of the study: two tabs do not overwrite each other. */
function openDraft(study: string): Draft {
  const named = readAddress().get("draft");
  if (isDraftId(named)) return { id: named, regions: readDraft(`mask ${named}`, isRegionList) ?? [] };
  const last = readDraft(`mask ${study}`, isDraftId);
  return { id: newDraftId(), regions: (last === null ? null : readDraft(`mask ${last}`, isRegionList)) ?? [] };
}

function keepDraft(study: string, id: string, regions: DrawnRegion[]): void {
  const name = `mask ${study}`;
  writeDraft(`mask ${id}`, regions.length > 0 ? regions : null);
  if (regions.length > 0) writeDraft(name, id);
  else if (readDraft(name, isDraftId) === id) writeDraft(name, null);
}

/** The regions drawn in a study, with undo; kept in this browser until they are sent. */
export function useDrawnRegions(study: string): DrawnRegions {
  const [draft] = useState(() => openDraft(study));
  const history = useHistory<DrawnRegion[]>(() => draft.regions);
  const [selected, select] = useState<number | null>(null);
  const [drawing, setDrawing] = useState(false);
  const all = history.present;
  const latest = useRef(all);
  latest.current = all;
  const highest = useRef(Math.max(0, ...all.map((region) => region.id)));
  // Drags follow each other faster than the page is drawn.
  const stroke = useRef<number | null>(null);
  useEffect(() => keepDraft(study, draft.id, all), [all]);
  useAddress(() => ({ draft: all.length > 0 ? draft.id : null }), [all.length > 0]);

  const replace = (id: number, change: (region: DrawnRegion) => DrawnRegion, merge: string) =>
    history.change((now) => now.map((each) => (each.id === id ? change(each) : each)), merge);
  const begin = (make: Make) => {
    const id = highest.current + 1;
    const region = make(id);
    if (!region) return;
    highest.current = id;
    stroke.current = id;
    history.change((now) => [...now, region], `new ${id}`);
    select(id);
  };
  const stopDrawing = () => {
    stroke.current = null;
    setDrawing(false);
  };
  return {
    all,
    current: all.find((region) => region.id === selected) ?? null,
    drawing,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    select,
    add: (make) => {
      begin(make);
      setDrawing(stroke.current !== null);
    },
    outline: (make, done) => {
      const id = stroke.current;
      if (id === null) begin(make);
      else replace(id, (region) => ({ ...(make(id) ?? region), ...paintOf(region) }), `new ${id}`);
      if (done) stopDrawing();
    },
    stopDrawing,
    edit: (id, change, gesture) => replace(id, change, `${gesture} ${id}`),
    remove: (id) => {
      stopDrawing();
      if (id === null) return;
      history.change((now) => now.filter((region) => region.id !== id));
      select(null);
    },
    undo: () => {
      stopDrawing();
      history.undo();
    },
    redo: () => {
      stopDrawing();
      history.redo();
    },
    forgetDraft: (sent) => {
      if (latest.current === sent) keepDraft(study, draft.id, []);
    },
  };
}

/** What is put on the pixels stays while a region is drawn elsewhere. */
function paintOf({ maskType, fillValue, filterWidth }: DrawnRegion): Partial<DrawnRegion> {
  return { maskType, fillValue, filterWidth };
}
