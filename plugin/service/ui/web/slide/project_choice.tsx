import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import { Refused } from "../shared/service";
import type { AnnotationPlatform, Project } from "./annotation_platform";

const FIRST_CLASSES = [
  ["Tumour", "#d95f02"],
  ["Stroma", "#1b9e77"],
  ["Other", "#7570b3"],
] as const;

interface ProjectChoiceProps {
  platform: AnnotationPlatform;
  projects: Project[];
  chosen: number | null;
  onChoose: (project: number) => void;
  onStarted: (project: Project) => void;
}

export function ProjectChoice(props: ProjectChoiceProps): JSX.Element {
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const start = async (event: Event) => {
    event.preventDefault();
    try {
      props.onStarted(await props.platform.startProject(name.trim(), FIRST_CLASSES));
      setName("");
      setError(null);
    } catch (refusal) {
      const isTaken = refusal instanceof Refused && refusal.status === 409;
      setError(isTaken ? "This name is taken already. Choose another one." : explain(refusal));
    }
  };
  return (
    <div class="panel">
      <h2>Project</h2>
      {props.projects.length > 0 && (
        <select
          aria-label="Project"
          data-testid="project"
          value={props.chosen ?? ""}
          onChange={(event) => props.onChoose(Number(event.currentTarget.value))}
        >
          {props.projects.map((project) => (
            <option key={project.id} value={project.id}>
              {project.name}
            </option>
          ))}
        </select>
      )}
      <details open={props.projects.length === 0}>
        <summary class="small">New project</summary>
        <form class="row" onSubmit={(event) => void start(event)}>
          <input
            aria-label="Name of the new project"
            data-testid="project-name"
            value={name}
            required
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button data-testid="start-project">Start</button>
        </form>
      </details>
      {error && (
        <p class="message bad" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
