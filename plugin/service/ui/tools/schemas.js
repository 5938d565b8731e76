// Interfaces of what the service answers, from the description of its API. `--check` fails where they are not current.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const described = resolve(import.meta.dirname, "../../../../tests/plugin/service/openapi.json");
const written = resolve(import.meta.dirname, "../web/shared/schemas.d.ts");

const { openapi, info, components } = JSON.parse(readFileSync(described, "utf-8"));
const syntax = await openapiTS({ openapi, info, paths: {}, components: { schemas: components.schemas } });
const text = `// Made by \`make openapi\` from the description of the API.\n${astToString(syntax)}`;
if (!process.argv.includes("--check")) writeFileSync(written, text);
else if (readFileSync(written, "utf-8") !== text) {
  process.stderr.write("plugin/service/ui/web/shared/schemas.d.ts is not current: run `make openapi`\n");
  process.exitCode = 1;
}
