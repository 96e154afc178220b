// The editor of a book: a line's number leads to the line, and a file that is chosen is shown before it is sent.
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

// Only a text is shown; what is none is sent as it is, for its faults to be told.
file?.addEventListener("change", async () => {
  const chosen = file.files[0];
  if (!chosen || chosen.size > 5e6) return;
  const text = new TextDecoder("utf-8", { fatal: true });
  try {
    book.value = text.decode(await chosen.arrayBuffer());
  } catch { /* it is no UTF-8 */ }
});
