extension Page {
  /// Colours have a contrast of at least 4.5 : 1 as text and 3 : 1 as marks, in both schemes.
  static let style: Markup = """
    :root { --page: #f6f7f9; --card: #ffffff; --ink: #1a1f26; --quiet: #57606a; --line: #d5dae1; --mark: #2a66d0; --band: #2a66d01f;
      --bad: #c4322b; --good: #1a7f37; --track: #e8ebf0;
      --warm: #a85b00; --pale: #2a66d052; --faint: #7d8895; --gray: #57606a2e; }
    @media screen and (prefers-color-scheme: dark) {
      :root { --page: #0e1217; --card: #171c23; --ink: #e7ecf2; --quiet: #a0abb8; --line: #323b46; --mark: #6aa5ff; --band: #6aa5ff2b;
        --bad: #ff7f76; --good: #56d364; --track: #262e38;
        --warm: #f0a13c; --pale: #6aa5ff5c; --faint: #7d8895; --gray: #a0abb83d; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 1200px; margin: 0 auto; padding: 24px 16px 64px; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; line-height: 1.3; margin: 40px 0 8px; }
    p { margin: 0 0 12px; max-width: 46rem; overflow-wrap: anywhere; }
    header p, .note, figcaption, caption, dt, .detail { color: var(--quiet); }
    .good { color: var(--good); }
    .bad { color: var(--bad); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(178px, 1fr)); gap: 12px; margin: 20px 0; }
    .tile, figure, .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
    .tile { padding: 12px 14px; }
    .tile dt { font-size: .875rem; }
    .tile dd { margin: 0; }
    .value { display: block; font-size: 1.5rem; line-height: 1.25; font-weight: 600; }
    .detail { display: block; font-size: .875rem; line-height: 1.35; }
    .scroll { overflow-x: auto; margin: 12px 0; }
    .scroll:focus-visible, .wider:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--mark); outline-offset: -2px; }
    table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; padding: 10px 12px; }
    th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
    thead th { border-top: 0; vertical-align: bottom; font-weight: 600; }
    caption + thead th { border-top: 1px solid var(--line); }
    tbody th { font-weight: 400; min-width: 9rem; overflow-wrap: break-word; }
    .sortable th, .sortable td { padding: 7px 9px; }
    .sortable th:first-child { position: sticky; left: 0; background: var(--card); min-width: 11rem; overflow-wrap: anywhere; padding-left: 12px; }
    .sortable tr:target th { background: var(--track); }
    tbody tr:target { background: var(--track); }
    .sortable .detail { font-size: .8125rem; }
    .number { text-align: right; }
    .sortable td.number { white-space: nowrap; }
    .plain { white-space: nowrap; }
    .name { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; word-break: break-all; }
    th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer; text-align: inherit;
      text-decoration: underline dotted var(--quiet); text-underline-offset: 3px; }
    th[aria-sort=ascending] button::after { content: " \\2191"; color: var(--mark); }
    th[aria-sort=descending] button::after { content: " \\2193"; color: var(--mark); }
    a { color: var(--mark); }
    .bar { min-width: 60px; width: 40%; }
    .track { display: block; height: 12px; margin-top: 5px; border-radius: 3px; background: var(--track); }
    .fill { display: block; height: 100%; min-width: 1px; border-radius: 3px; background: var(--mark); }
    .fill.warm { background: var(--warm); }
    .fill.faint { background: var(--faint); }
    .pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); gap: 12px; align-items: start; margin: 12px 0; }
    .pair > *, .pair .scroll { margin: 0; min-width: 0; }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 12px; }
    figure { margin: 0; padding: 12px 14px; }
    figure.wide { max-width: 34rem; margin: 12px 0; }
    figure.matrix { max-width: 42rem; }
    figcaption { font-size: .875rem; line-height: 1.4; }
    figcaption strong { color: var(--ink); font-weight: 600; }
    svg { display: block; width: 100%; height: auto; }
    .picture { background: #fff; border-radius: 4px; max-width: 640px; margin-top: 8px; }
    .chart text { font: 11px system-ui, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums; }
    .chart .strong { fill: var(--ink); }
    .chart .label { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
    .chart .mark { fill: var(--mark); }
    .chart .cut { fill: var(--bad); }
    .chart .band { fill: var(--band); }
    .chart .axis { stroke: var(--line); fill: none; }
    .chart .limit { stroke: var(--ink); stroke-dasharray: 3 2; fill: none; }
    .chart .warm { fill: var(--warm); }
    .chart .faint { fill: var(--faint); }
    .chart .dot { stroke: var(--card); fill-opacity: .8; }
    .chart .block { stroke: var(--card); }
    .chart .block.mark { fill-opacity: .72; }
    .chart .pale { fill: var(--pale); }
    .chart .scratch { fill: var(--gray); }
    .chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .chart .line.mark { stroke: var(--mark); }
    .chart .line.warm { stroke: var(--warm); }
    .chart .line.faint { stroke: var(--faint); stroke-dasharray: 4 3; }
    .chart .roof { stroke: var(--ink); stroke-width: 1.5; fill: none; }
    .chart .whisker { stroke: var(--mark); stroke-width: 2; fill: none; }
    .key { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin: 0 5px 0 0; }
    .key.mark { background: var(--mark); }
    .key.cut { background: var(--bad); }
    .key.warm { background: var(--warm); }
    .key.faint { background: var(--faint); }
    .key.pale { background: var(--pale); }
    .key.scratch { background: var(--gray); }
    .key.band { background: var(--band); border: 1px dashed var(--ink); }
    .wider { overflow-x: auto; }
    .wider .chart { min-width: 680px; }
    .scroll + .note { margin-top: 12px; }
    @media (max-width: 560px) { .roomy .chart text { font-size: 17px; } .wider .chart text { font-size: 15px; }
      main { padding: 16px 12px 48px; } .tiles { grid-template-columns: 1fr 1fr; } .value { font-size: 1.25rem; }
      th, td { padding: 6px; } table { font-size: .8125rem; } tbody th { min-width: 5rem; } .sortable th:first-child { min-width: 9rem; } }
    @media print {
      :root { --page: #ffffff; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      @page { margin: 14mm; }
      main { max-width: none; padding: 0; }
      body { font-size: 11pt; }
      .scroll { overflow: visible; }
      th, td { padding: 4px 6px; }
      table { font-size: 8pt; }
      .sortable { font-size: 6.5pt; }
      .sortable th, .sortable td { padding: 3px; }
      .sortable th:first-child { position: static; min-width: 6rem; padding-left: 3px; }
      th button { text-decoration: none; }
      .sortable .name { -webkit-line-clamp: none; display: block; }
      .charts { grid-template-columns: 1fr 1fr; }
      h2 { break-after: avoid; }
      figure, .tile, tr { break-inside: avoid; }
    }
    """
}
