import type { JSX } from "preact";

type Verdict = "pass" | "check" | "fail";

interface Row {
  name: string;
  value: string;
  verdict: Verdict | null;
  why: string;
}

interface Change {
  Before: number | null;
  After: number | null;
}

interface Jacobian {
  Minimum: number;
  Percentile1: number;
  Percentile99: number;
  FoldedVoxels: number;
}

export interface QualityReport {
  Correlation: Change;
  MutualInformationBits: Change;
  LungDice: Change;
  JacobianLungs: Jacobian;
  JacobianBody: Jacobian;
  MeanDisplacementMm: number;
  MaximumDisplacementMm: number;
  LungsSeenFraction: number;
}

/** Numbers of the quality report, each with a word. The limits are rules of thumb, said beside the word. */
export function Quality({ report, warnings }: { report: QualityReport; warnings: string[] }): JSX.Element {
  const rows = rowsOf(report);
  const order: Verdict[] = ["fail", "check", "pass"];
  const overall = order.find((verdict) => rows.some((row) => row.verdict === verdict)) ?? "check";
  return (
    <div class="panel">
      <h2>
        Quality: <span class={toneOf(overall)}>{overall}</span>
      </h2>
      <table class="small" data-testid="quality">
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                {row.name}
                {row.why && <span class="why"> {row.why}</span>}
              </th>
              <td class="number">{row.value}</td>
              <td class={row.verdict ? toneOf(row.verdict) : ""}>{row.verdict ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {warnings.map((warning) => (
        <p key={warning} class="message warning small">
          {warning}
        </p>
      ))}
    </div>
  );
}

function toneOf(verdict: Verdict): string {
  return { pass: "good", check: "warning", fail: "bad" }[verdict];
}

function rowsOf(report: QualityReport): Row[] {
  const { Correlation: ncc, LungDice: dice, MutualInformationBits: information } = report;
  return [
    {
      name: "Lungs overlap (Dice)",
      value: arrow(dice),
      verdict: dice.After === null ? "check" : dice.After >= 0.95 ? "pass" : dice.After >= 0.9 ? "check" : "fail",
      why: "pass from 0.95",
    },
    {
      name: "Correlation (NCC)",
      value: arrow(ncc),
      verdict: ncc.After === null ? "check" : ncc.Before === null || ncc.After >= ncc.Before ? "pass" : "check",
      why: "should not fall",
    },
    { name: "Mutual information, bit", value: arrow(information), verdict: null, why: "" },
    folds("Folds in the lungs", report.JacobianLungs),
    folds("Folds in the body", report.JacobianBody),
    { name: "Mean displacement", value: `${report.MeanDisplacementMm.toFixed(1)} mm`, verdict: null, why: "" },
    { name: "Largest displacement", value: `${report.MaximumDisplacementMm.toFixed(1)} mm`, verdict: null, why: "" },
    {
      name: "Lungs in view of both",
      value: `${Math.round(report.LungsSeenFraction * 100)} %`,
      verdict: report.LungsSeenFraction >= 0.9 ? "pass" : "check",
      why: "pass from 90 %",
    },
  ];
}

function folds(name: string, jacobian: Jacobian): Row {
  const { FoldedVoxels: count, Minimum: least } = jacobian;
  return { name, value: `${count}, J ≥ ${least.toFixed(2)}`, verdict: count === 0 ? "pass" : "fail", why: "none allowed" };
}

function arrow({ Before, After }: Change): string {
  const text = (value: number | null) => (value === null ? "–" : value.toFixed(3));
  return `${text(Before)} → ${text(After)}`;
}
