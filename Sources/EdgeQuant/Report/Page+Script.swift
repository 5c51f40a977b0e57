extension Page {
  /// Turns the headers of tables of the class `sortable` into buttons that sort the rows. Cells have their numbers in `data-value`; those
  /// without one go last. Holds neither `<` nor `&`, which XML reads otherwise than HTML.
  static let script: Markup = """
    for (const table of document.querySelectorAll("table.sortable")) {
      const body = table.tBodies[0];
      const headers = [...table.tHead.rows[0].cells];
      headers.forEach((header, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...header.childNodes);
        header.append(button);
        button.addEventListener("click", () => {
          const first = header.dataset.first;
          const order = header.getAttribute("aria-sort") === first
            ? (first === "ascending" ? "descending" : "ascending") : first;
          headers.forEach(other => other.removeAttribute("aria-sort"));
          header.setAttribute("aria-sort", order);
          const sign = order === "ascending" ? 1 : -1;
          const key = row => {
            const cell = row.cells[column];
            if (!("value" in cell.dataset)) return cell.textContent.trim();
            return cell.dataset.value === "" ? null : Number(cell.dataset.value);
          };
          const compare = (a, b) => typeof a === "string" ? a.localeCompare(b) : a - b;
          const rows = [...body.rows].map(row => [key(row), row]);
          const known = rows.filter(row => row[0] !== null).sort((a, b) => sign * compare(a[0], b[0]));
          body.append(...known.concat(rows.filter(row => row[0] === null)).map(row => row[1]));
        });
      });
    }
    """
}
