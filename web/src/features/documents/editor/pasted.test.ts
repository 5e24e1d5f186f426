// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Counter } from "./numbering";
import { cleanPasted, cleanPastedText, linesAsHtml } from "./pasted";

const html = (text: string): string => cleanPasted(text).html.replace(/\s*\n\s*/g, "");

describe("text pasted from Word", () => {
  it("loses its dressing and keeps its words, emphasis and alignment", () => {
    const word = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style><xml><w:x/></xml></head>
      <body lang=VI style='tab-interval:36.0pt'><!--StartFragment-->
      <p class=MsoNormal align=center style='margin-top:6.0pt;text-align:center'><b><span style='font-size:14.0pt;font-family:"Times New Roman",serif;mso-ansi-language:VI'>NGHỊ QUYẾT<o:p></o:p></span></b></p>
      <p class=MsoNormal><span lang=VI style='font-size:14pt;color:black'>Về việc <i>nâng cấp</i> đường</span><o:p>&nbsp;</o:p></p>
      <p class=MsoNormal><o:p>&nbsp;</o:p></p>
      <script>alert(1)</script><!--EndFragment--></body></html>`;

    expect(html(word)).toBe('<h1>NGHỊ QUYẾT</h1><p>Về việc <i>nâng cấp</i> đường&nbsp;</p>');
  });

  it("has its hand-written numbers counted from now on", () => {
    const word = `<p>Căn cứ Luật Tổ chức chính quyền địa phương;</p><p><b>Điều 1.</b> Thông qua chủ trương.</p><p>1. Chiều dài 3,6 km;</p><p>a) Đoạn Đông;</p><p>b) Đoạn Đoài.</p><p><b>Điều 2. Hiệu lực</b></p>`;

    expect(html(word)).toBe(
      '<p data-part="ground">Căn cứ Luật Tổ chức chính quyền địa phương;</p><p data-part="article">Thông qua chủ trương.</p><p data-part="clause">Chiều dài 3,6 km;</p><p data-part="point">Đoạn Đông;</p><p data-part="point">Đoạn Đoài.</p><p data-part="article"><b>Hiệu lực</b></p>',
    );
  });

  it("keeps a number that counting would change", () => {
    expect(html("<p>Điều 5. Kinh phí</p><p>3. Nguồn khác</p>")).toBe("<p>Điều 5. Kinh phí</p><p>3. Nguồn khác</p>");
  });

  it("has its lists back", () => {
    const item = (marker: string, text: string) =>
      `<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>${marker}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>${text}<o:p></o:p></p>`;

    expect(html(item("·", "Đường") + item("·", "Cầu") + "<p>Hết</p>")).toBe("<ul><li><p>Đường</p></li><li><p>Cầu</p></li></ul><p>Hết</p>");
    expect(html(item("1.", "Một") + item("2.", "Hai"))).toBe('<p data-part="clause">Một</p><p data-part="clause">Hai</p>');
  });

  it("keeps a table's cells and loses its widths", () => {
    const table = `<table class=MsoTableGrid border=1 width=604 style='border-collapse:collapse'><tr><td width=201 colspan=2 style='width:150pt;padding:0'><p class=MsoNormal><b>Hạng mục</b></p></td></tr><tr><td>1. Nền</td><td>2</td></tr></table>`;

    expect(html(table)).toBe('<table><tbody><tr><td colspan="2"><p><b>Hạng mục</b></p></td></tr><tr><td>1. Nền</td><td>2</td></tr></tbody></table>');
  });

  it("gives pictures to be uploaded and counts those that cannot be reached", () => {
    const cleaned = cleanPasted('<p>Ảnh <img src="data:image/png;base64,AAAA"></p><img src="file:///C:/a.png"><img src="https://x.vn/a.png"><img src="/api/images/7">');

    expect(cleaned.pictures).toEqual(["data:image/png;base64,AAAA"]);
    expect(cleaned.lost).toBe(2);
    expect(cleaned.html).toBe('<p>Ảnh </p><img src="/api/images/7">');
  });

  it("carries no script, in no disguise", () => {
    const sly = `<p onclick="x()" style="background:url(javascript:x)">a</p><object data="javascript:x"></object><svg onload="x()"></svg>`;

    expect(html(sly)).toBe("<p>a</p>");
  });
});

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");

describe("what programs really put on the clipboard", () => {
  it("of Word: headings, grounds, counted and automatic numbers, lists in lists, tables; nothing of its own", () => {
    const cleaned = cleanPasted(fixture("word.html"));
    const lines = cleaned.html
      .replace(/\s*\n\s*/g, " ")
      .replace(/>\s+</g, "><")
      .replace(/<\/(p|h1|h2|h3|table|ul)>(?!<\/(?:li|td))/g, "</$1>\n")
      .trim()
      .split("\n");

    expect(lines).toEqual([
      "<h1>NGHỊ QUYẾT</h1>",
      "<h2>Về việc nâng cấp đường liên thôn</h2>",
      '<p data-part="ground"><i>Căn cứ Luật Tổ chức chính quyền địa phương;</i></p>',
      '<h3 style="text-align: center">Chương I</h3>',
      '<p data-part="article">Phạm vi <s>cũ</s><u>mới</u></p>',
      '<p data-part="clause">Khoản tự đánh số;</p>',
      ...["một;", "hai;", "ba;", "bốn;", "năm."].map((words) => `<p data-part="point">${words}</p>`),
      '<p data-part="article"><b>Danh mục</b></p>',
      "<ul><li><p>Đường</p>",
      "<ul><li><p>Mặt đường</p></li></ul></li><li><p>Cầu</p></li></ul>",
      '<table><tbody><tr><td><p style="text-align: center"><b>Hạng mục</b></p></td><td><p>1. Nền</p></td></tr></tbody></table>',
    ]);
    expect(cleaned.lost).toBe(1);
    expect(cleaned.html).not.toMatch(/mso|class|lang|<o:|<!--|file:/i);
  });

  it("of LibreOffice", () => {
    expect(html(fixture("libreoffice.html"))).toBe(
      '<h1>BIÊN BẢN</h1><p data-part="article"><a></a>Thành phần</p><ol><li><p>Chủ tọa</p></li><li><p>Thư ký</p></li></ol><p><br><br></p>',
    );
  });

  it("of Google Docs, whose wrapper says bold and means plain", () => {
    expect(html(fixture("google-docs.html"))).toBe(
      '<p data-part="article"><span style="font-weight: 700">Hiệu lực</span></p><p><span style="font-weight: 400; font-style: italic">nghiêng</span><span style="font-weight: 400"> thường</span></p><ul><li style="font-weight: 400"><p><span style="font-weight: 400">mục</span></p></li></ul><br>',
    );
  });

  it("of a plain text: each line a paragraph, its numbers counted", () => {
    expect(html(linesAsHtml("Điều 1. <Một>\r\n\r\n1. Hai & ba\n"))).toBe('<p data-part="article">&lt;Một&gt;</p><p data-part="clause">Hai &amp; ba</p>');
  });
});

it("goes on counting where it is put", () => {
  const before = new Counter();
  for (let at = 0; at < 4; at += 1) before.next("article");

  expect(cleanPasted("<p>Điều 5. Kinh phí</p><p>Điều 6. Hiệu lực</p>", before).html).toBe('<p data-part="article">Kinh phí</p><p data-part="article">Hiệu lực</p>');
});

describe("text copied here", () => {
  it("is plain words when only a piece of a part was copied", () => {
    expect(html('<p data-part="article" data-pm-slice="1 1 []">thực hiện</p>')).toBe('<p data-pm-slice="1 1 []">thực hiện</p>');
  });

  it("comes back with its parts, not with its labels doubled", () => {
    const copied = `<p data-part="article" data-label="Điều 3."><strong>Điều 3. </strong>Tổ chức thực hiện</p><p data-part="clause">1. Ủy ban nhân dân</p><p data-part="ground">Căn cứ luật;</p>`;

    expect(html(copied)).toContain('<p data-part="article" data-label="Điều 3.">Tổ chức thực hiện</p><p data-part="clause">Ủy ban nhân dân</p><p data-part="ground">Căn cứ luật;</p>');
  });
});

it("decomposed Vietnamese becomes the usual one", () => {
  expect(cleanPastedText("Nghị quyết".normalize("NFD"))).toBe("Nghị quyết");
  expect(html(`<p>${"Điều lệ".normalize("NFD")}</p>`)).toBe("<p>Điều lệ</p>");
});
