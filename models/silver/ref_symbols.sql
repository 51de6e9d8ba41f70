{{ config(schema='silver', materialized='table') }}
-- Well-known symbols. weight: value of the company in billions of USD, roughly, for the treemap.
-- exchange: where the symbol is listed; it sets the symbol's days and sessions.
select symbol, name, sector, cast(weight as decimal(18, 8)) as weight, exchange
from (
    values
    ('AAPL', 'Apple', 'Technology', 3800, 'XNAS'),
    ('MSFT', 'Microsoft', 'Technology', 3700, 'XNAS'),
    ('NVDA', 'NVIDIA', 'Technology', 4300, 'XNAS'),
    ('AVGO', 'Broadcom', 'Technology', 1600, 'XNAS'),
    ('ORCL', 'Oracle', 'Technology', 700, 'XNYS'),
    ('IBM', 'IBM', 'Technology', 270, 'XNYS'),
    ('INTC', 'Intel', 'Technology', 160, 'XNAS'),
    ('AMD', 'Advanced Micro Devices', 'Technology', 350, 'XNAS'),
    ('CSCO', 'Cisco Systems', 'Technology', 280, 'XNAS'),
    ('CRM', 'Salesforce', 'Technology', 230, 'XNYS'),
    ('ADBE', 'Adobe', 'Technology', 145, 'XNAS'),
    ('GOOGL', 'Alphabet A', 'Communication', 1700, 'XNAS'),
    ('GOOG', 'Alphabet C', 'Communication', 1500, 'XNAS'),
    ('META', 'Meta Platforms', 'Communication', 1600, 'XNAS'),
    ('NFLX', 'Netflix', 'Communication', 470, 'XNAS'),
    ('DIS', 'Walt Disney', 'Communication', 200, 'XNYS'),
    ('AMZN', 'Amazon', 'Consumer', 2300, 'XNAS'),
    ('TSLA', 'Tesla', 'Consumer', 1300, 'XNAS'),
    ('HD', 'Home Depot', 'Consumer', 370, 'XNYS'),
    ('MCD', 'McDonald''s', 'Consumer', 215, 'XNYS'),
    ('NKE', 'Nike', 'Consumer', 95, 'XNYS'),
    ('WMT', 'Walmart', 'Consumer', 820, 'XNAS'),
    ('KO', 'Coca-Cola', 'Consumer', 300, 'XNYS'),
    ('PG', 'Procter & Gamble', 'Consumer', 350, 'XNYS'),
    ('JPM', 'JPMorgan Chase', 'Financials', 830, 'XNYS'),
    ('V', 'Visa', 'Financials', 650, 'XNYS'),
    ('BAC', 'Bank of America', 'Financials', 380, 'XNYS'),
    ('GS', 'Goldman Sachs', 'Financials', 240, 'XNYS'),
    ('JNJ', 'Johnson & Johnson', 'Health', 460, 'XNYS'),
    ('UNH', 'UnitedHealth', 'Health', 310, 'XNYS'),
    ('PFE', 'Pfizer', 'Health', 140, 'XNYS'),
    ('XOM', 'Exxon Mobil', 'Energy', 480, 'XNYS'),
    ('CVX', 'Chevron', 'Energy', 310, 'XNYS'),
    ('BA', 'Boeing', 'Industrials', 160, 'XNYS'),
    ('CAT', 'Caterpillar', 'Industrials', 240, 'XNYS')
) as s (symbol, name, sector, weight, exchange)
