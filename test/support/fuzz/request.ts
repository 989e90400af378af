/** An HTTP request that can be sent again: nothing but text. */
export interface FuzzRequest {
  /** Through a real socket, or by the app's `fetch`. */
  readonly via: "socket" | "process";
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const TENANT = { "x-tenant-id": "tenant-a" };
export const SYSTEM = { "x-servo-role": "system" };
export const NOBODY = {};

export const post = (body: string, headers: Readonly<Record<string, string>>): FuzzRequest => ({
  via: "process",
  method: "POST",
  path: "/graphql",
  headers: { "content-type": "application/json", ...headers },
  body,
});
