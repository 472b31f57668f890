/** Names of the members that the text of a declaration gives an interface: tests hold what a cell is told of a value against the value. */
export function declaredMembers(declarations: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(declarations);
  if (!body) throw new Error(`no interface ${name} is declared`);
  return [...body[1]!.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map((match) => match[1]!);
}

/** Declared members that a value lacks; a name at least is declared. */
export function lacking(declarations: string, name: string, value: object): string[] {
  const members = declaredMembers(declarations, name);
  if (members.length === 0) throw new Error(`interface ${name} has no members`);
  return members.filter((member) => !(member in value));
}
