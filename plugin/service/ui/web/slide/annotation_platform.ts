import type { Answer } from "../shared/answers";
import { askBlob, askJson, Refused, type Question } from "../shared/service";
import { hmacSha1Base64 } from "./hmac_sha1";

export interface Keys {
  public: string;
  private: string;
}

export type Term = Pick<Answer<"TermView">, "id" | "name" | "color">;

export type Project = Pick<Answer<"ProjectView">, "id" | "name" | "ontology">;

export type Annotation = Pick<Answer<"AnnotationView">, "id" | "location" | "term">;

export type ExportFormat = "geojson" | "png" | "tif";

interface Listed<T> {
  collection: T[];
}

const STORED = "ophtha annotation keys";

export function storedKeys(): Keys | null {
  try {
    const { public: token, private: secret } = JSON.parse(sessionStorage.getItem(STORED) ?? "{}") as Partial<Keys>;
    return typeof token === "string" && typeof secret === "string" ? { public: token, private: secret } : null;
  } catch {
    return null;
  }
}

/** Until the tab is closed. */
export function storeKeys(keys: Keys | null): void {
  if (keys) sessionStorage.setItem(STORED, JSON.stringify(keys));
  else sessionStorage.removeItem(STORED);
}

/** Whether this browser's person is known without keys: by a password, or by the proxy in front. */
export async function needsNoKeys(signal: AbortSignal): Promise<boolean> {
  return (await askJson<{ needsNoKeys: boolean }>("server/ping", { signal })).needsNoKeys;
}

/** The annotation platform, as one user; without keys as whoever the server knows this browser's person to be. */
export class AnnotationPlatform {
  constructor(private readonly keys: Keys | null) {}

  async projects(): Promise<Project[]> {
    return (await this.ask<Listed<Project>>("api/project.json?max=0")).collection;
  }

  /** A new project with classes of its own. */
  async startProject(name: string, classes: readonly (readonly [string, string])[]): Promise<Project> {
    const { ontology } = await this.ask<{ ontology: { id: number } }>("api/ontology.json", { method: "POST", body: { name } });
    for (const [term, color] of classes) await this.addTerm(ontology.id, term, color);
    const body = { name, ontology: ontology.id };
    return (await this.ask<{ project: Project }>("api/project.json", { method: "POST", body })).project;
  }

  /** The image of a series within a project, added when it is not there yet; null when the user may not see it. */
  async image(project: number, series: string): Promise<number | null> {
    try {
      const found = await this.ask<Listed<{ id: number }>>(`api/project/${project}/orthanc.json`, {
        method: "POST",
        body: { Resources: [series] },
      });
      return found.collection[0]?.id ?? null;
    } catch (error) {
      if (error instanceof Refused && (error.status === 403 || error.status === 404)) return null;
      throw error;
    }
  }

  async terms(ontology: number): Promise<Term[]> {
    return (await this.ask<Listed<Term>>(`api/ontology/${ontology}/term.json?max=0`)).collection;
  }

  async addTerm(ontology: number, name: string, color: string): Promise<Term> {
    const body = { name, color, ontology };
    return (await this.ask<{ term: Term }>("api/term.json", { method: "POST", body })).term;
  }

  async changeTerm(term: Term): Promise<void> {
    await this.ask(`api/term/${term.id}.json`, { method: "PUT", body: term });
  }

  async annotations(image: number): Promise<Annotation[]> {
    const query = `image=${image}&showWKT=true&showTerm=true&max=0`;
    return (await this.ask<Listed<Annotation>>(`api/annotation.json?${query}`)).collection.reverse();
  }

  async add(image: number, location: string, terms: number[]): Promise<Annotation> {
    const body = { location, image, term: terms };
    const { annotation } = await this.ask<{ annotation: Annotation }>("api/annotation.json", { method: "POST", body });
    return { id: annotation.id, location: annotation.location, term: terms };
  }

  async change(annotation: Annotation): Promise<void> {
    const body = { location: annotation.location, term: annotation.term };
    await this.ask(`api/annotation/${annotation.id}.json`, { method: "PUT", body });
  }

  async remove(id: number): Promise<void> {
    await this.ask(`api/annotation/${id}.json`, { method: "DELETE" });
  }

  exportDicom(image: number): Promise<unknown> {
    return this.ask(`api/imageinstance/${image}/export/dicom`, { method: "POST", body: {} });
  }

  export(image: number, format: ExportFormat): Promise<Blob> {
    const path = `api/imageinstance/${image}/export.${format}`;
    return askBlob(path, { headers: this.credentials("GET") });
  }

  private ask<T>(path: string, question: Question = {}): Promise<T> {
    return askJson<T>(path, { ...question, headers: this.credentials(question.method ?? "GET") });
  }

  /**
   * Where the connection is safe, the keys themselves: they work beside Orthanc's own passwords.
   * Elsewhere a signature, so that the private key is never sent.
   */
  private credentials(method: string): Record<string, string> {
    if (!this.keys) return {};
    if (isSecureContext) return { "X-Auth-Token": this.keys.public, "X-Auth-Secret": this.keys.private };
    const date = new Date().toUTCString();
    const signature = hmacSha1Base64(this.keys.private, `${method}\n\n\n${date}`);
    return { Authorization: `CYTOMINE ${this.keys.public}:${signature}`, datefull: date };
  }
}
