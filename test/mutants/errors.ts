import { inArea, type Mutant } from "./mutant.ts";

const DATABASE_ERROR = "src/db/database-error.ts";

export const ERROR_MUTANTS: readonly Mutant[] = inArea("errors", [
  {
    name: "bad-representation-without-its-place",
    file: "src/graphql/entities.ts",
    from: 'error instanceof BadUserInputError ? error.within("representations", index) : error',
    to: "error",
    killer: { file: "test/graphql/entities.test.ts", test: "a number as an id" },
  },
  {
    name: "foreign-row-is-forbidden",
    file: "src/modules/changes.ts",
    from: "if (row === null) return new NotFoundError(`No ${kind} has the id ${id}.`);",
    to: "if (row === null) return new ForbiddenError(`No ${kind} of yours has the id ${id}.`);",
    killer: {
      file: "test/isolation/graphql.test.ts",
      test: "to tenant A, a row of tenant B is as one that does not exist for updateAsset",
    },
  },
  {
    name: "conflict-tells-the-detail",
    file: DATABASE_ERROR,
    from: 'new ConflictError("The row is still in use, or refers to one that does not exist.", { cause })',
    to: "new ConflictError(cause.detail ?? cause.message, { cause })",
    killer: { file: "test/db/retry.test.ts", test: "a transaction is not tried again after 23503" },
  },
  {
    name: "refusal-tells-the-policy",
    file: DATABASE_ERROR,
    from: 'new ForbiddenError("This principal may not do that.", { cause })',
    to: "new ForbiddenError(cause.message, { cause })",
    killer: { file: "test/db/retry.test.ts", test: "a transaction is not tried again after 42501" },
  },
  {
    name: "defect-not-masked",
    file: "src/errors.ts",
    from: 'super("Unexpected error.", options);',
    to: "super(String(options?.cause), options);",
    killer: {
      file: "test/http/failures.test.ts",
      test: "is masked, and logged with the request id that the client gets",
    },
  },
  {
    name: "violation-logged-with-its-values",
    file: "src/db/tenant-connection.ts",
    from: "logger.warn({ ...fields, error: error.name }",
    to: "logger.warn({ ...fields, error: error.message }",
    killer: {
      file: "test/http/request-log.test.ts",
      test: "hold no value of a variable, no literal, no address's query, and no header",
    },
  },
  {
    name: "address-logged-with-its-query",
    file: "src/http/request-log.ts",
    from: "const { pathname: path } = urlOf(request);",
    to: "const { url: path } = request;",
    killer: {
      file: "test/http/request-log.test.ts",
      test: "hold no value of a variable, no literal, no address's query, and no header",
    },
  },
]);
