// A value that somebody outside the store tells about.
import { useEffect, useState } from "preact/hooks";

/** The value of `read`, drawn again when `listen` calls. */
export function useListened<T>(listen: (changed: () => void) => () => void, read: () => T): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const look = () => setValue(() => read());
    look();
    return listen(look);
  }, []);
  return value;
}
