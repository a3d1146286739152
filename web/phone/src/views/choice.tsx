// One of a few, each as big as a thumb.

interface Props<T extends string> {
  legend: string;
  name: string;
  options: (readonly [T, string])[];
  value: T | undefined;
  onChange(value: T): void;
}

export function Choice<T extends string>({ legend, name, options, value, onChange }: Props<T>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      <div>
        {options.map(([code, text]) => (
          <label key={code}>
            <input type="radio" name={name} checked={value === code} onChange={() => onChange(code)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
