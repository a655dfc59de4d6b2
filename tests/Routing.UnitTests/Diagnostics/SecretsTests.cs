using Routing.Diagnostics;

namespace Routing.UnitTests.Diagnostics;

public sealed class SecretsTests
{
    [Theory]
    [InlineData("cannot open 'Server=db;User=app;Password=hunter2'", "cannot open 'Server=db;User=app;Password=***'")]
    [InlineData("Pwd = 'a b;c', Host=x", "Pwd = ***, Host=x")]
    [InlineData("SSL Password=\"x y\";Timeout=3", "SSL Password=***;Timeout=3")]
    [InlineData("{\"access_token\": \"eyJ.abc\", \"expires\": 3}", "{\"access_token\": ***, \"expires\": 3}")]
    [InlineData("GET https://vault/v1?token=abc&x=1 failed", "GET https://vault/v1?token=***&x=1 failed")]
    [InlineData("cannot reach postgres://app:hunter2@db:5432/orders", "cannot reach postgres://app:***@db:5432/orders")]
    public void What_names_a_secret_loses_its_value(string text, string shown) => Assert.Equal(shown, Secrets.Hide(text));

    [Theory]
    [InlineData("28P01: password authentication failed for user \"app\"")]
    [InlineData("Failed to connect to 127.0.0.1:5432")]
    [InlineData("cannot reach http://db:5432/orders as app@db")]
    [InlineData("unexpected token near ';'")]
    public void Other_texts_stay_as_they_are(string text)
    {
        Assert.Same(text, Secrets.Hide(text));
        var error = new InvalidOperationException(text, new InvalidOperationException(text));
        Assert.Same(error, Secrets.Hide(error));
    }

    [Fact]
    public void An_error_that_says_a_secret_is_retold_without_it()
    {
        var error = new InvalidOperationException("no connection", new TimeoutException("Password=hunter2 took too long"));

        var shown = Secrets.Hide(error);

        Assert.DoesNotContain("hunter2", shown.ToString(), StringComparison.Ordinal);
        Assert.Equal("System.InvalidOperationException: no connection", shown.Message);
        Assert.Equal("System.TimeoutException: Password=*** took too long", Assert.IsType<RoutingException>(shown.InnerException).Message);
    }

    [Fact]
    public void Secrets_in_an_errors_data_are_left_out()
    {
        var error = new InvalidOperationException("no connection") { Data = { ["tried"] = "Host=x;Password=hunter2" } };

        var shown = Secrets.Hide(error);

        Assert.Empty(shown.Data);
        Assert.Equal("System.InvalidOperationException: no connection", shown.Message);
    }
}
