// One of some words, or any of them.

interface Props {
  label: string;
  /** The word for all of them. */
  any: string;
  /** Empty: any. */
  chosen: string;
  /** Each value with its word. */
  words: [value: string, text: string][];
  choose: (value: string) => void;
}

export function Choice({ label, any, chosen, words, choose }: Props) {
  return (
    <label>
      <span>{label}</span>
      <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{any}</option>
        {words.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
