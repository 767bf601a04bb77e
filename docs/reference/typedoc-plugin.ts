/**
 * Every name that the package shows has a docstring, and so has each of its members: what has none is a warning of
 * `npm run docs`, which ends with an error.
 * @module
 */
import { type Application, type DeclarationReflection, ReflectionKind } from "typedoc";
import { publicNames } from "./public-names.ts";

const DECLARED =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Function |
  ReflectionKind.Variable;
const MEMBERS = ReflectionKind.Property | ReflectionKind.Method | ReflectionKind.Accessor;

/** typedoc calls this. */
export function load(app: Application): void {
  app.on("validateProject", (project) => {
    const shown = publicNames();
    const found = new Set<string>();
    for (const reflection of project.getReflectionsByKind(DECLARED) as DeclarationReflection[]) {
      const name = `${fileOf(reflection)}#${reflection.name}`;
      if (!shown.has(name) || reflection.parent?.kindOf(ReflectionKind.Module) !== true) continue;
      found.add(name);
      for (const bare of [reflection, ...membersOf(reflection)].filter(isBare)) {
        app.logger.validationWarning(`${name}: ${bare.getFullName()} has no docstring`);
      }
    }
    for (const name of shown) {
      if (!found.has(name))
        app.logger.validationWarning(`${name} is shown, but not in the reference`);
    }
  });
}

/** `src/nn/rope.ts`. */
function fileOf(reflection: DeclarationReflection): string | undefined {
  return reflection.project.getSymbolIdFromReflection(reflection)?.packagePath;
}

/** Its members, but for those that come from elsewhere, and the alternatives of a union, of which the docstring tells. */
function membersOf(reflection: DeclarationReflection): DeclarationReflection[] {
  const type = reflection.kindOf(ReflectionKind.TypeAlias) ? reflection.type : undefined;
  const children = type?.type === "reflection" ? type.declaration.children : reflection.children;
  return (children ?? []).filter(
    (member) => member.kindOf(MEMBERS) && !member.inheritedFrom && !member.overwrites,
  );
}

/** Whether nothing is said of it, nor of how it is called or read. */
function isBare(reflection: DeclarationReflection): boolean {
  const signatures = [...(reflection.signatures ?? []), reflection.getSignature];
  const type = reflection.type?.type === "reflection" ? reflection.type.declaration : undefined;
  return ![reflection, ...signatures, ...(type?.signatures ?? [])].some((one) => one?.hasComment());
}
