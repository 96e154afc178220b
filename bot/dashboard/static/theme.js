// Before the page is drawn, so that it does not flash in the other colours.
"use strict";
{
  const wanted = localStorage.getItem("theme");
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
}
