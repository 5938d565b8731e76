import { useMemo, useState } from "preact/hooks";
import { indexIn, readAddress, useAddress } from "../shared/address";
import { useLoaded, type Loaded } from "../shared/loaded";
import { Away } from "../shared/service";
import { AnnotationPlatform, needsNoKeys, storedKeys, storeKeys } from "./annotation_platform";
import type { Annotation, Keys, Project, Term } from "./annotation_platform";

/** A slide within a project of the annotation platform, as one user sees it. */
export interface ProjectWork {
  platform: AnnotationPlatform | null;
  /** Null while they are asked for. */
  projects: Project[] | null;
  project: Project | null;
  /** The slide in the project; null while that is not known, or when the user may not see it there. */
  image: number | null;
  terms: Term[];
  /** As the server last listed them. */
  annotations: Annotation[] | null;
  phase: Loaded<unknown>["phase"];
  error: string | null;
  /** Whether it is still asked who this is. */
  isAsking: boolean;
  signIn: (keys: Keys) => void;
  signOut: () => void;
  choose: (project: number) => void;
  start: (project: Project) => void;
  addTerm: (name: string, color: string) => Promise<void>;
  recolour: (term: Term, color: string) => Promise<void>;
}

export function useProject(series: string): ProjectWork {
  const [keys, setKeys] = useState<Keys | null>(storedKeys);
  const asked = useLoaded(keys ? null : "who", needsNoKeys);
  const isKnown = asked.phase === "ready" && asked.value;
  const platform = useMemo(() => (keys ?? isKnown ? new AnnotationPlatform(keys) : null), [keys, isKnown]);
  const listed = useLoaded(platform && `projects ${keys?.public}`, () => platform?.projects() ?? Promise.resolve([]));
  const [started, setStarted] = useState<Project[]>([]);
  const known = [...(listed.phase === "ready" ? listed.value : []), ...started];
  const [projectId, setProjectId] = useState<number | null>(() => indexIn(readAddress(), "project"));
  useAddress(() => ({ project: projectId === null ? null : String(projectId) }), [projectId]);
  const project = known.find((each) => each.id === projectId) ?? known[0] ?? null;
  const [version, setVersion] = useState(0);
  const contents = useLoaded(platform && project && `image ${project.id} ${series} ${version}`, async () => {
    if (!platform || !project) throw new Away();
    const [image, terms] = await Promise.all([
      platform.image(project.id, series),
      project.ontology === null ? [] : platform.terms(project.ontology),
    ]);
    return { image, terms, annotations: image === null ? [] : await platform.annotations(image) };
  });
  const found = contents.phase === "ready" ? contents.value : null;
  const signInWith = (next: Keys | null) => {
    storeKeys(next);
    setKeys(next);
    setStarted([]);
  };
  return {
    platform,
    projects: listed.phase === "ready" ? known : null,
    project,
    image: found?.image ?? null,
    terms: found?.terms ?? [],
    annotations: found?.annotations ?? null,
    phase: listed.phase === "loading" ? "loading" : contents.phase,
    error: [listed, contents].map((each) => (each.phase === "failed" ? each.message : null)).find(Boolean) ?? null,
    isAsking: !keys && asked.phase === "loading",
    signIn: signInWith,
    signOut: () => signInWith(null),
    choose: setProjectId,
    start: (made) => {
      setStarted([...started, made]);
      setProjectId(made.id);
    },
    addTerm: async (name, color) => {
      if (project?.ontology == null) return;
      await platform?.addTerm(project.ontology, name, color);
      setVersion(version + 1);
    },
    recolour: async (term, color) => {
      await platform?.changeTerm({ ...term, color });
      setVersion(version + 1);
    },
  };
}
