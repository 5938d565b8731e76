import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Report } from "./report";

/** Thickness along the circle around the disc, temporal – superior – nasal – inferior – temporal. */
export function RnflProfile({ report }: { report: Report }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const graph = report.rnfl?.rnfl_thickness_statistics["graph"];
  useEffect(() => {
    const element = place.current;
    if (!element || !graph) return undefined;
    const keys = Object.keys(graph).map(Number).sort((a, b) => a - b);
    const data: uPlot.AlignedData = [
      keys.map((key) => key * 10 + 5),
      keys.map((key) => {
        const mm = graph[String(key)];
        return mm === null || mm === undefined ? null : mm * 1000;
      }),
    ];
    const axis = { stroke: "#b3bdc9", grid: { stroke: "#333d48" }, ticks: { stroke: "#4a5563" } };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 150,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: [0, 360] }, y: { range: [0, 200] } },
        axes: [
          { ...axis, splits: () => [0, 90, 180, 270, 360], values: () => ["T", "S", "N", "I", "T"] },
          { ...axis, label: "RNFL, µm", labelSize: 20, size: 44 },
        ],
        series: [{}, { stroke: "#f5c462", width: 2 }],
      },
      data,
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 150 }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [graph]);
  if (!graph) return <p class="muted small">No nerve fibre profile: {report.meta.reasons["rnfl"] ?? "none"}.</p>;
  const quadrants = report.rnfl?.rnfl_thickness_statistics["quadrant"] ?? {};
  const words = ["N", "I", "T", "S"].map((word, index) => {
    const mm = quadrants[String(index)];
    return `${word} ${mm === null || mm === undefined ? "–" : Math.round(mm * 1000)}`;
  });
  return (
    <>
      <div ref={place} role="img" aria-label={`Nerve fibre profile; quadrants in µm: ${words.join(", ")}`} />
      <p class="small number">Quadrants, µm: {words.join(" · ")}</p>
    </>
  );
}
