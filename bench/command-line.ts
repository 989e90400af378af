/** A variable that is given as `NAME=VALUE`. */
export function settingOf(text: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(text) ?? [];
  if (name === "") throw new Error(`--set: ${text} is not NAME=VALUE`);
  return [name, value];
}
