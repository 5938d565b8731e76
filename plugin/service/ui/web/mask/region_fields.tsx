import type { JSX } from "preact";
import { NumberField } from "../shared/number_field";
import type { DrawnRegion, MaskType } from "./region";

const AXES = ["x", "y", "z"];

interface RegionFieldsProps {
  region: DrawnRegion;
  valueRange: [number, number];
  onChange: (region: DrawnRegion) => void;
}

/** The corners of a region as numbers: whatever can be dragged can be typed. */
export function CornerFields({ region, onChange }: Omit<RegionFieldsProps, "valueRange">): JSX.Element {
  const unit = region.kind === "2D" ? "px" : "mm";
  const corner = (name: "origin" | "end", label: string) => (
    <div class="row corner">
      {region[name].map((value, axis) => (
        <NumberField
          key={axis}
          label={`${label} ${AXES[axis]}`}
          unit={unit}
          value={value}
          step={1}
          testId={`${name}-${AXES[axis]}`}
          onChange={(next) => {
            const values = [...region[name]];
            values[axis] = region.kind === "2D" ? Math.round(next) : next;
            onChange({ ...region, [name]: values });
          }}
        />
      ))}
    </div>
  );
  return (
    <>
      {corner("origin", "from")}
      {corner("end", "to")}
    </>
  );
}

/** What is put on the pixels. */
export function PaintFields({ region, valueRange, onChange }: RegionFieldsProps): JSX.Element {
  return (
    <div class="row">
      <label class="field">
        What to do
        <select
          data-testid="mask-type"
          value={region.maskType}
          onChange={(event) => onChange({ ...region, maskType: event.currentTarget.value as MaskType })}
        >
          <option value="Fill">Fill with one value</option>
          <option value="MeanFilter">Blur (mean filter)</option>
        </select>
      </label>
      {region.maskType === "Fill" ? (
        <NumberField
          label="Stored value"
          value={region.fillValue}
          min={valueRange[0]}
          max={valueRange[1]}
          testId="fill-value"
          onChange={(fillValue) => onChange({ ...region, fillValue })}
        />
      ) : (
        <NumberField
          label="Width"
          unit="px"
          value={region.filterWidth}
          min={2}
          testId="filter-width"
          onChange={(width) => onChange({ ...region, filterWidth: Math.max(2, Math.round(width)) })}
        />
      )}
    </div>
  );
}
