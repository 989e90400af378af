import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { OperationPlans } from "./operation-plans.ts";

/** A document that was executed before, and what was planned of it. */
interface PlannedDocument {
  readonly schema: GraphQLSchema;
  readonly operations: Map<OperationDefinitionNode, OperationPlans>;
  /** Whether its last run was not regular, and the reference has not answered it without errors since. */
  isFailing: boolean;
}

/** Remembers documents that were executed, and the plans for their operations. */
export class PlannedDocuments {
  readonly #maxFields: number;
  #documents = new WeakMap<DocumentNode, PlannedDocument>();
  #fields = 0;

  /**
   * @param maxFields when more fields than these were planned, all is forgotten. No cache of documents by the length of their
   * text would do: one that spreads its fragments often has many more fields than letters.
   */
  constructor(maxFields: number) {
    this.#maxFields = maxFields;
  }

  /** The plans for an operation, or undefined the first time: for a document that does not come again, a plan is a waste. */
  plansFor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | null | undefined,
  ): OperationPlans | undefined {
    const known = this.#documents.get(document);
    if (known?.schema !== schema) {
      this.#documents.set(document, { schema, operations: new Map(), isFailing: false });
      return undefined;
    }
    if (known.isFailing) return undefined;
    const operation = getOperationAST(document, operationName);
    if (operation == null || operation.operation === OperationTypeNode.SUBSCRIPTION) return undefined;
    let plans = known.operations.get(operation);
    if (plans === undefined) {
      plans = new OperationPlans(schema, document, operation, (fields) => this.#count(fields));
      known.operations.set(operation, plans);
    }
    return plans;
  }

  /** Leaves a document to the reference, where its runs fail, until it is answered without errors. */
  note(document: DocumentNode, isFailing: boolean): void {
    const known = this.#documents.get(document);
    if (known !== undefined) known.isFailing = isFailing;
  }

  #count(fields: number): void {
    this.#fields += fields;
    if (this.#fields <= this.#maxFields) return;
    this.#documents = new WeakMap();
    this.#fields = 0;
  }
}
