/** What makes a property, from the source that all have in common. */
type Makers = Readonly<Record<string, (source: never) => unknown>>;

/** What all makers need. */
type SourceOf<M extends Makers> = Both<Parameters<M[keyof M]>[0]>;

/** The intersection of a union. */
type Both<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/**
 * An object whose properties are each made when they are first asked for, from one source.
 * @param makers by the name of the property
 * @returns what makes such an object
 */
export function lazily<M extends Makers>(
  makers: M,
): (source: SourceOf<M>) => { readonly [Name in keyof M]: ReturnType<M[Name]> } {
  class Lazy {
    readonly #source: SourceOf<M>;
    readonly #made: Record<string, unknown> = {};

    constructor(source: SourceOf<M>) {
      this.#source = source;
    }

    static {
      for (const [name, make] of Object.entries(makers)) {
        Object.defineProperty(Lazy.prototype, name, {
          enumerable: true,
          get(this: Lazy) {
            this.#made[name] ??= make(this.#source as never);
            return this.#made[name];
          },
        });
      }
    }
  }
  return (source) => new Lazy(source) as never;
}
