import listed from "../../../../tools.json";
import type { Answer } from "./answers";

/** A page that shows a study; its file name without `.html`. */
export type Tool = Answer<"Tool">;

/** What a tool is called, on buttons and on its page. */
export function toolTitle(tool: Tool): string {
  return listed.find((each) => each.key === tool)?.title ?? tool;
}
