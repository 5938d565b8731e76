import type { JSX } from "preact";

interface NumberFieldProps {
  label: string;
  unit?: string;
  value: number;
  step?: number;
  min?: number;
  max?: number;
  testId?: string;
  onChange: (value: number) => void;
}

/** One number with its unit; what is no number is not passed on. */
export function NumberField(props: NumberFieldProps): JSX.Element {
  const { label, unit, value, step = 1, min, max, testId, onChange } = props;
  return (
    <label class="field">
      {unit ? `${label} (${unit})` : label}
      <input
        type="number"
        data-testid={testId}
        value={Number.isInteger(value) ? value : Number(value.toFixed(3))}
        step={step}
        min={min}
        max={max}
        onChange={(event) => {
          const given = event.currentTarget.valueAsNumber;
          if (Number.isFinite(given)) onChange(given);
        }}
      />
    </label>
  );
}
