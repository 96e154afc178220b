// The editor of a book: a line's number leads to the line, and a file that is chosen is put into it.
"use strict";

const book = document.getElementById("book"), file = document.getElementById("file");

function goTo(number) {
  const lines = book.value.split("\n"), start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  book.focus();
  book.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  const height = parseFloat(getComputedStyle(book).lineHeight);
  book.scrollTop = Math.max(0, (number - 1) * height - book.clientHeight / 3);
  book.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link || !book) return;
  event.preventDefault();
  goTo(Number(link.dataset.line));
});

// From the list of the rules to one of them.
const line = /^#line-([0-9]+)$/.exec(location.hash);
if (line && book) goTo(Number(line[1]));

// A text goes into the editor, which alone is sent then: what is seen there is what is checked. What is no text is sent
// as the file that it is, for its faults to be told.
file?.addEventListener("change", async () => {
  const chosen = file.files[0];
  if (!chosen || chosen.size > 5e6) return;
  try {
    const data = new Uint8Array(await chosen.arrayBuffer());
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    const bom = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
    book.form.elements.shape.value = [text.includes("\r\n") && "crlf", bom && "bom"].filter(Boolean).join(" ");
    book.value = text;
    file.value = "";
    document.getElementById("chosen").textContent = `${chosen.name} is in the editor.`;
    book.dispatchEvent(new Event("input", { bubbles: true }));  // a draft
  } catch { /* it is no UTF-8 */ }
});
