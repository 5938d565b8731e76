import type { JSX } from "preact";
import { useLoaded } from "../shared/loaded";
import { askBlob } from "../shared/service";

/** Pictures drawn by the server, for browsers that cannot draw volumes. */
export function Previews({ paths, reason }: { paths: Record<string, string>; reason: string }): JSX.Element {
  return (
    <section aria-label="Pictures of the result" data-testid="previews">
      <p class="message warning">{reason} These pictures were drawn by the server.</p>
      {Object.entries(paths).map(([name, path]) => (
        <Preview key={name} name={name} path={path} />
      ))}
    </section>
  );
}

function Preview({ name, path }: { name: string; path: string }): JSX.Element {
  const picture = useLoaded(path, async (signal) =>
    URL.createObjectURL(await askBlob(path.replace(/^\//, ""), { signal })),
  );
  const title = name.replaceAll(/[-_]/g, " ");
  return (
    <figure class="preview">
      <figcaption class="small muted">{title}</figcaption>
      {picture.phase === "ready" ? <img src={picture.value} alt={title} /> : <div class="skeleton" />}
    </figure>
  );
}
