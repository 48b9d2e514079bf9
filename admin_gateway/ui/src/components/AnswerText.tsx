/** An answer as its engine wrote it, with the names in it marked. Whatever it holds, only text and safe links are shown. */
import type { Root, RootContent, ElementContent, Text as TextNode } from "hast";
import { useMemo } from "react";
import Markdown from "react-markdown";
import remarkGfm from "remark-gfm";

import { mark } from "../lib/names";

interface Props {
  markdown: string;
  /** What may stand in the text → the name it means. */
  spellings: Map<string, string>;
  brand: string;
}

export default function AnswerText({ markdown, spellings, brand }: Props) {
  const marks = useMemo(() => () => (tree: Root) => markTree(tree, spellings, brand), [spellings, brand]);
  return (
    <div className="answer">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[marks]}
        components={{
          // Somebody else's pictures would tell them who looks; their words are enough.
          img: ({ alt }) => <em>[image{alt ? `: ${alt}` : ""}]</em>,
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noreferrer noopener nofollow">
              {children}
            </a>
          ),
        }}
      >
        {markdown}
      </Markdown>
    </div>
  );
}

type Parent = Root | Extract<RootContent, { type: "element" }>;

function markTree(node: Parent, spellings: Map<string, string>, brand: string): void {
  const children: RootContent[] = [];
  for (const child of node.children) {
    if (child.type === "text") children.push(...marked(child, spellings, brand));
    else children.push(child);
    if (child.type === "element") markTree(child, spellings, brand);
  }
  node.children = children as typeof node.children;
}

function marked(text: TextNode, spellings: Map<string, string>, brand: string): ElementContent[] {
  return mark(text.value, spellings).map((piece) =>
    piece.name === null
      ? { type: "text", value: piece.text }
      : {
          type: "element",
          tagName: "mark",
          properties: { className: [piece.name === brand ? "brand" : "rival"], title: piece.name },
          children: [{ type: "text", value: piece.text }],
        },
  );
}
