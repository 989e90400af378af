import { type DocumentNode, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { OperationSubject } from "../../metrics/request-metrics.ts";
import { createDocumentCache } from "../document-cache.ts";
import { subjectOf } from "../operation-subject.ts";
import { shownName } from "../request-record.ts";

/** An operation of a document that was found to be valid. */
export interface KnownOperation {
  readonly document: DocumentNode;
  readonly type: string;
  /** As the log shows it; null where it has none. */
  readonly name: string | null;
  readonly subject: OperationSubject;
}

/** Remembers, by their text, the documents that Yoga has executed: they are valid and within the limits. */
export class KnownDocuments {
  readonly #documents = createDocumentCache<Map<string | undefined, KnownOperation>>();

  /** The operation of a document that is meant, if it is known. */
  find(query: string, operationName: string | undefined): KnownOperation | undefined {
    return this.#documents.get(query)?.get(operationName);
  }

  /** The plugin that tells it what is executed. */
  get plugin(): Plugin {
    return {
      onExecute: ({ args: { document, operationName, contextValue } }) => {
        const { query } = contextValue.params;
        if (typeof query === "string") this.#note(query, document, operationName ?? undefined);
      },
    };
  }

  #note(query: string, document: DocumentNode, operationName: string | undefined): void {
    const found = getOperationAST(document, operationName);
    if (found === null || found === undefined) return;
    const operations = this.#documents.get(query) ?? new Map<string | undefined, KnownOperation>();
    const subject = subjectOf(document, operationName);
    operations.set(operationName, { document, type: found.operation, name: shownName(found), subject });
    this.#documents.set(query, operations);
  }
}
