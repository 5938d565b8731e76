import { render, type ComponentChildren, type JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { Announcer } from "./announcer";
import { useService } from "./service";
import type { StudyDescription } from "./studies";
import { patientLine, studyLine } from "./studies";
import "./page.css";

export type PageState = "loading" | "ready" | "empty" | "partial" | "failed";

interface PageProps {
  title: string;
  state: PageState;
  study?: StudyDescription | undefined;
  help?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page has: its title, whose images these are, whether the service answers. */
export function Page({ title, state, study, help, children }: PageProps): JSX.Element {
  const { away } = useService();
  // Together with what is drawn: whoever waits for a state never meets the one before.
  useLayoutEffect(() => {
    document.body.dataset.state = away ? "offline" : state;
  }, [state, away]);
  return (
    <>
      <header class="top">
        <a class="home" href="index.html">
          Ophtha
        </a>
        <h1>{title}</h1>
        {study && (
          <p class="whose">
            <strong>{patientLine(study)}</strong> <span class="muted">{studyLine(study)}</span>
          </p>
        )}
        <span class="spring" />
        {help}
      </header>
      {away && (
        <p class="banner warning" role="alert">
          The service does not answer. What you drew is safe in this browser; asking again…
        </p>
      )}
      <main>{children}</main>
      <Announcer />
    </>
  );
}

/** In the place of the skeleton that the file itself holds. */
export function show(page: JSX.Element): void {
  const root = document.getElementById("page");
  root?.replaceChildren();
  if (root) render(page, root);
}
