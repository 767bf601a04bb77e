/**
 * A report as a page: one file that needs no other, opens from a disk and can be handed on. It has no script, loads nothing from anywhere, and is
 * XML, too.
 * @module
 */
import { Markup, markup } from "./markup.ts";

/** The page, `style` its style sheet as it is. With a script it would need another policy. */
export function pageOf(title: string, style: string, body: Markup): string {
  return markup`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
