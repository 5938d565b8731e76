import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { readAddress, writeAddress } from "../shared/address";
import { useLoaded } from "../shared/loaded";
import { Page, show } from "../shared/page";
import { askEarly } from "../shared/service";
import { openResource } from "../shared/studies";
import { ToolStudies } from "../shared/study_list";
import { toolTitle } from "../shared/tools";
import { Annotator } from "./annotator";
import { slidePath } from "./viewer";
import "./slide.css";

const address = readAddress();

function SlidePage(): JSX.Element {
  const [series, setSeries] = useState(address.get("series"));
  const study = address.get("study");
  const opened = useLoaded(series ? `series ${series}` : study && `study ${study}`, (signal) =>
    series ? openResource("series", series, signal) : openResource("studies", study ?? "", signal),
  );
  if (opened.phase === "ready") {
    const slides = opened.value.study.series.filter((each) => each.tools.includes("slide"));
    const shown = slides.find((each) => each.id === opened.value.series) ?? (series ? undefined : slides[0]);
    if (shown) {
      return (
        <Annotator
          key={shown.id}
          study={opened.value.study}
          series={shown}
          choices={slides}
          onSeries={(next) => {
            writeAddress({ series: next, x: null, y: null, r: null, annotation: null });
            setSeries(next);
          }}
        />
      );
    }
  }
  const failed = opened.phase === "failed";
  return (
    <Page
      title={toolTitle("slide")}
      state={opened.phase === "loading" ? "loading" : failed ? "failed" : "empty"}
      study={opened.phase === "ready" ? opened.value.study : undefined}
    >
      {opened.phase === "loading" ? (
        <div class="skeleton" />
      ) : (
        <div class="empty panel">
          {failed && (
            <p class="message bad" role="alert">
              {opened.message}
            </p>
          )}
          <h2>{opened.phase === "ready" ? "There is no slide here. Choose another study:" : "Choose a slide"}</h2>
          <ToolStudies tool="slide" />
        </div>
      )}
    </Page>
  );
}

const named = address.get("series");
if (named) askEarly(() => slidePath(named));
show(<SlidePage />);
