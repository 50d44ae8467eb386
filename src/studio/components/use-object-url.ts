import { useEffect, useState } from "preact/hooks";

/** An address under which a file can be shown, for as long as the component shows it. */
export function useObjectUrl(file: Blob | undefined): string | undefined {
  const [shown, setShown] = useState<string>();
  useEffect(() => {
    if (!file) return setShown(undefined);
    const address = URL.createObjectURL(file);
    setShown(address);
    return () => URL.revokeObjectURL(address);
  }, [file]);
  return shown;
}
