import { Fragment, type JSX } from "preact";
import type { Answer } from "../shared/answers";
import { useLoaded, type Loaded } from "../shared/loaded";
import { Page, show, type PageState } from "../shared/page";
import { askJson, serviceUrl } from "../shared/service";
import { isNarrow, StudyList, useStudySearch, type StudySearch } from "../shared/study_list";

type Status = Answer<"Status">;

function Hub(): JSX.Element {
  const status = useLoaded("status", (signal) => askJson<Status>("plugins/ophtha/status", { signal }));
  const search = useStudySearch();
  return (
    <Page title="Studies and tools" state={stateOf(status, search)}>
      <div class="hub">
        <div class="panel">
          <StudyList search={search} />
        </div>
        <aside class="panel" aria-label="Health and versions">
          <h2>Health and versions</h2>
          {status.phase === "ready" && <Health status={status.value} />}
          {status.phase === "loading" && <div class="skeleton" />}
          {status.phase === "failed" && (
            <p class="message bad" role="alert">
              {status.message}
            </p>
          )}
          <h2>More</h2>
          <ul>
            <li>
              <a href={serviceUrl("app/explorer.html")}>Orthanc Explorer</a>
            </li>
            <li>
              <a href={serviceUrl("plugins/ophtha/docs")}>The API, route by route</a>
            </li>
            <li>
              <a href="THIRD-PARTY-NOTICES.txt">Third-party software in these pages</a>
            </li>
          </ul>
          <p class="muted small">Measurements are for research, not for diagnosis.</p>
        </aside>
      </div>
    </Page>
  );
}

function stateOf(status: Loaded<Status>, { asked, found }: StudySearch): PageState {
  if (found.phase === "failed") return "failed";
  if (found.phase !== "ready" || status.phase === "loading") return "loading";
  if (status.phase === "failed") return "partial";
  return found.value.total === 0 && !isNarrow(asked) ? "empty" : "ready";
}

function Health({ status }: { status: Status }): JSX.Element {
  const { orthanc, engine, queue } = status;
  return (
    <dl class="facts">
      <dt>Ophtha</dt>
      <dd>{status.version}</dd>
      <dt>Orthanc</dt>
      <dd class={orthanc.reachable ? "" : "bad"}>
        {orthanc.reachable ? `${orthanc.version} (${orthanc.name})` : "does not answer"}
      </dd>
      <dt>Workers</dt>
      <dd class={engine.state === "ready" ? "good" : "warning"}>
        {engine.state === "ready" ? `${engine.workers} ready` : "starting"}
      </dd>
      <dt>Jobs</dt>
      <dd>
        {queue.running} running, {queue.pending} waiting
      </dd>
      <dt>Offers</dt>
      <dd>{status.capabilities.join(", ")}</dd>
      {Object.entries(status.libraries).map(([name, version]) => (
        <Fragment key={name}>
          <dt class="muted">{name}</dt>
          <dd class="muted">{version}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

show(<Hub />);
