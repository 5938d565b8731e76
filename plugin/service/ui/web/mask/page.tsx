import type { JSX } from "preact";
import { readAddress } from "../shared/address";
import { useLoaded } from "../shared/loaded";
import { Page, show } from "../shared/page";
import { askEarly } from "../shared/service";
import { openResource } from "../shared/studies";
import { ToolStudies } from "../shared/study_list";
import { toolTitle } from "../shared/tools";
import { Editor } from "./editor";
import { framesPath } from "./series_frames";
import "./mask.css";

const LEVELS = [
  ["study", "studies"],
  ["series", "series"],
  ["instance", "instances"],
] as const;

const address = readAddress();

function MaskPage(): JSX.Element {
  const [parameter, level] = LEVELS.find(([name]) => address.get(name)) ?? [null, null];
  const id = parameter && address.get(parameter);
  const opened = useLoaded(id && `${level} ${id}`, (signal) => openResource(level ?? "studies", id ?? "", signal));

  if (opened.phase === "ready") {
    const { study, series } = opened.value;
    const fitting = study.series.filter((each) => each.tools.includes("mask"));
    if (fitting.length > 0 && (!series || fitting.some((each) => each.id === series))) {
      return (
        <Editor
          study={study}
          choices={fitting}
          series={series}
          scope={parameter === "study" ? "studies" : "series"}
        />
      );
    }
  }
  const failed = opened.phase === "failed";
  const state = opened.phase === "loading" ? "loading" : failed ? "failed" : "empty";
  return (
    <Page title={toolTitle("mask")} state={state} study={opened.phase === "ready" ? opened.value.study : undefined}>
      {opened.phase === "loading" ? (
        <div class="skeleton" />
      ) : (
        <div class="empty panel">
          {failed && (
            <p class="message bad" role="alert">
              {opened.message}
            </p>
          )}
          <h2>
            {opened.phase === "ready" ? "There is no image to mask here. Choose another study:" : "Choose a study to mask"}
          </h2>
          <ToolStudies tool="mask" />
        </div>
      )}
    </Page>
  );
}

const named = address.get("series");
if (named && !address.has("study")) askEarly(() => framesPath(named));
show(<MaskPage />);
