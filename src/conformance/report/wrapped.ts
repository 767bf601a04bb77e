/**
 * Text in lines of a terminal.
 * @module
 */

/**
 * The words of `text` in lines of at most `columns` characters; a longer word has a line for itself.
 * @param indent what each line begins with, counted in.
 */
export function wrapped(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((part) => part !== "")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}
