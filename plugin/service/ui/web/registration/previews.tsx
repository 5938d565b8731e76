import type { JSX } from "preact";
import { usePictureOf } from "../shared/picture";

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
  const picture = usePictureOf(path.replace(/^\//, ""));
  const title = name.replaceAll(/[-_]/g, " ");
  return (
    <figure class="preview">
      <figcaption class="small muted">{title}</figcaption>
      {picture.url ? <img src={picture.url} alt={title} /> : !picture.error && <div class="skeleton" />}
      {picture.error && <p class="message bad">{picture.error}</p>}
    </figure>
  );
}
