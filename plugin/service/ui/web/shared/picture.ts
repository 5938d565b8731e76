import { useEffect, useState } from "preact/hooks";
import { explain } from "./loaded";
import { askBlob, Away, useService } from "./service";

export interface Picture {
  url: string | null;
  /** False while the picture is still that of the path before. */
  isCurrent: boolean;
  error: string | null;
}

/** A picture of the server under an address of this page; the last one stays until the next has come. */
export function usePictureOf(path: string | null): Picture {
  const { recoveries } = useService();
  const [picture, setPicture] = useState<Omit<Picture, "isCurrent"> & { path: string | null }>({
    path: null,
    url: null,
    error: null,
  });
  useEffect(() => {
    if (path === null) return undefined;
    const controller = new AbortController();
    askBlob(path, { signal: controller.signal }).then(
      (blob) => {
        if (!controller.signal.aborted) setPicture({ path, url: URL.createObjectURL(blob), error: null });
      },
      (error: unknown) => {
        if (controller.signal.aborted || error instanceof Away) return;
        setPicture({ path, url: null, error: explain(error) });
      },
    );
    return () => controller.abort();
  }, [path, recoveries]);
  useEffect(() => {
    const { url } = picture;
    return () => {
      if (url) URL.revokeObjectURL(url);
    };
  }, [picture.url]);
  return { ...picture, isCurrent: picture.path === path };
}
