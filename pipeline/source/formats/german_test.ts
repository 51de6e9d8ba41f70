import { assertRead } from "./fixture.ts";

Deno.test("German: Ariva, shares and money beside each other", () =>
  assertRead({
    name: "wkn_716460_historic.csv",
    text: "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen\n" +
      "2020-01-03;119,52;120,10;118,90;119,98;1.234.567;148.000.000\n" +
      "2020-01-02;120,30;121,00;119,80;120,94;987.654;119.000.000\n",
    told: { "symbol": "SAP.DE" },
    format: "german-broker",
    rows: 2,
    first: {
      "symbol": "SAP.DE",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "119.52",
      "high": "120.10",
      "low": "118.90",
      "close": "119.98",
      "volume": "1234567",
    },
    last: {
      "symbol": "SAP.DE",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "120.30",
      "high": "121.00",
      "low": "119.80",
      "close": "120.94",
      "volume": "987654",
    },
  }));

Deno.test("German: a portal, days with points and prices in groups", () =>
  assertRead({
    name: "dax.csv",
    text: "Datum;Eröffnung;Schluss;Tageshoch;Tagestief\n" +
      "03.01.2020;13.266,43;13.219,14;13.282,95;13.120,25\n" +
      "02.01.2020;13.233,71;13.385,93;13.425,51;13.225,10\n",
    told: { "symbol": "DAX" },
    format: "german-broker",
    rows: 2,
    first: {
      "symbol": "DAX",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "13266.43",
      "high": "13282.95",
      "low": "13120.25",
      "close": "13219.14",
      "volume": null,
    },
    last: {
      "symbol": "DAX",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "13233.71",
      "high": "13425.51",
      "low": "13225.10",
      "close": "13385.93",
      "volume": null,
    },
  }));
