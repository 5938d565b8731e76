import type { Annotation, AnnotationPlatform } from "./annotation_platform";

/** A change that was made on the server, and how it is taken back. Identifiers change when a thing is made again. */
export type Step =
  | { kind: "added"; annotation: Annotation }
  | { kind: "removed"; annotation: Annotation }
  | { kind: "changed"; before: Annotation; after: Annotation };

/** The annotations and the step back, once a step has been taken back on the server. */
export async function takeBack(
  platform: AnnotationPlatform,
  image: number,
  step: Step,
): Promise<{ undone: Step; apply: (annotations: Annotation[]) => Annotation[] }> {
  switch (step.kind) {
    case "added":
      await platform.remove(step.annotation.id);
      return {
        undone: { kind: "removed", annotation: step.annotation },
        apply: (all) => all.filter((each) => each.id !== step.annotation.id),
      };
    case "removed": {
      const again = await platform.add(image, step.annotation.location, step.annotation.term);
      return { undone: { kind: "added", annotation: again }, apply: (all) => [...all, again] };
    }
    case "changed":
      await platform.change(step.before);
      return {
        undone: { kind: "changed", before: step.after, after: step.before },
        apply: (all) => all.map((each) => (each.id === step.before.id ? step.before : each)),
      };
  }
}

/** A step after a thing was made again under another identifier. */
export function renumbered(step: Step, from: number, to: number): Step {
  const renamed = (annotation: Annotation) => (annotation.id === from ? { ...annotation, id: to } : annotation);
  return step.kind === "changed"
    ? { ...step, before: renamed(step.before), after: renamed(step.after) }
    : { ...step, annotation: renamed(step.annotation) };
}
