// What somebody has typed outlives a session that ended and a server that was away: it is kept in this tab alone, until it
// was taken or its writer logs out, and shown to nobody who logs in after them. With it are kept the hidden fields that
// belong to it: the token of a reply, so that one that was sent all the same does not go out twice, and the version that a
// book was begun with.
"use strict";
{
  const writer = document.body.dataset.reader;
  const ours = `draft:${writer}:`;
  const name = (field) => `${ours}${location.pathname}:${field.name}`;
  const belonging = (field) => field.form?.querySelectorAll(`input[type=hidden][data-of='${field.name}']`) ?? [];

  function keep(field) {
    const more = Object.fromEntries([...belonging(field)].map((each) => [each.name, each.value]));
    try {
      sessionStorage.setItem(name(field), JSON.stringify({ text: field.value, more }));
    } catch {  // it is larger than a tab may keep
      sessionStorage.removeItem(name(field));
    }
  }

  function takeBack(field, draft) {
    field.value = draft.text;
    for (const each of belonging(field)) each.value = draft.more[each.name] ?? each.value;
  }

  // Where the page has brought a text of its own, as the editor of a book does, its reader chooses.
  function offer(field, draft) {
    const notice = document.createElement("p"), take = document.createElement("button"), drop = document.createElement("button");
    notice.className = "said";
    notice.setAttribute("role", "status");
    [take.type, take.className, take.textContent] = ["button", "small", "Take it back"];
    [drop.type, drop.className, drop.textContent] = ["button", "small", "Drop it"];
    take.addEventListener("click", () => { takeBack(field, draft); notice.remove(); field.focus(); });
    drop.addEventListener("click", () => { sessionStorage.removeItem(name(field)); notice.remove(); field.focus(); });
    notice.append("What you had typed here is kept. ", take, " ", drop);
    field.before(notice);
  }

  if (writer) {
    const said = document.getElementById("said");
    const sent = JSON.parse(sessionStorage.getItem("sending") ?? "[]");
    if (said?.matches(".good")) sent.forEach((each) => sessionStorage.removeItem(each));
    if (said) sessionStorage.removeItem("sending");  // a page that says nothing of it may stand between: the log-in
    for (const each of Object.keys(sessionStorage)) {
      if (each.startsWith("draft:") && !each.startsWith(ours)) sessionStorage.removeItem(each);
    }
    for (const field of document.querySelectorAll("textarea")) {
      const draft = JSON.parse(sessionStorage.getItem(name(field)));
      if (draft?.text && !field.value) takeBack(field, draft);
      else if (draft?.text && draft.text !== field.value) offer(field, draft);
    }
    document.addEventListener("input", (event) => { if (event.target.matches("textarea")) keep(event.target); });
    document.addEventListener("submit", (event) => {
      if (event.target.matches("form[action='/logout']")) sessionStorage.clear();
      else sessionStorage.setItem("sending", JSON.stringify([...event.target.querySelectorAll("textarea")].map(name)));
    });
  }
}
