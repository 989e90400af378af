import { expect, it } from "vitest";
import { variablePath } from "../../src/http/variable-path.ts";

it.each([
  ['Variable "$n" got invalid value 99999999999; Int cannot represent it', ["n"]],
  ['Variable "$s" got invalid value "NOPE" at "s[0]"; Value "NOPE" does not exist', ["s", 0]],
  [
    'Variable "$input" got invalid value { a: " at \\"x\\"; " } at "input.assets[2].role"; no',
    ["input", "assets", 2, "role"],
  ],
  ['Variable "$id" of required type "ID!" was not provided.', ["id"]],
  ['Variable "$id" of non-null type "ID!" must not be null.', ["id"]],
  ["Syntax Error: Expected Name, found <EOF>.", undefined],
])("%s", (message, path) => {
  expect(variablePath(message)).toEqual(path);
});
