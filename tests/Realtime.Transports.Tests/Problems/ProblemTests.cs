using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Tests.Problems;

public sealed class ProblemTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);

    public static TheoryData<Problem, int, string> Catalogue => new()
    {
        { Problem.InvalidRequest("d"), 400, "invalid-request" },
        { Problem.InvalidField("f", "a text"), 400, "invalid-request" },
        { Problem.InvalidChannel("channel", ":"), 400, "invalid-channel" },
        { Problem.InvalidCursor("d"), 400, "invalid-cursor" },
        { Problem.Unauthenticated("d"), 401, "unauthenticated" },
        { Problem.Forbidden("d"), 403, "forbidden" },
        { Problem.NotFound("d"), 404, "not-found" },
        { Problem.MethodNotAllowed("GET"), 405, "method-not-allowed" },
        { Problem.IdConflict("c", "i"), 409, "id-conflict" },
        { Problem.TooLarge("d"), 413, "too-large" },
        { Problem.UnsupportedMediaType(), 415, "unsupported-media-type" },
        { Problem.RateLimited("d", Wait), 429, "rate-limited" },
        { Problem.Overloaded("d", Wait), 503, "overloaded" },
    };

    [Theory]
    [MemberData(nameof(Catalogue))]
    public async Task Each_problem_is_answered_as_the_protocol_says(Problem problem, int status, string name)
    {
        var context = Context();
        await problem.WriteAsync(context);

        var sent = Body(context);
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal("application/problem+json", context.Response.ContentType);
        Assert.Equal("no-store", context.Response.Headers.CacheControl);
        Assert.Equal("urn:realtime:" + name, sent.GetProperty("type").GetString());
        Assert.Equal(status, sent.GetProperty("status").GetInt32());
        Assert.Equal(problem.Title, sent.GetProperty("title").GetString());
        Assert.Equal(problem.Detail, sent.GetProperty("detail").GetString());
        Assert.Equal(problem.ToJson(), Encoding.UTF8.GetString(Bytes(context)));
        Assert.Equal(Bytes(context).Length, context.Response.ContentLength);
        Assert.Equal(status is 429 or 503 ? "2" : "", context.Response.Headers.RetryAfter.ToString());
        Assert.Equal(status == 401 ? "Bearer" : "", context.Response.Headers.WWWAuthenticate.ToString());
        Assert.Equal(status == 405 ? "GET" : "", context.Response.Headers.Allow.ToString());
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(1, "1")]
    [InlineData(1000, "1")]
    [InlineData(1001, "2")]
    [InlineData(59_999, "60")]
    public async Task Retry_after_is_in_whole_seconds_rounded_up_and_in_milliseconds_in_the_body(int milliseconds, string header)
    {
        var context = Context();
        await Problem.Overloaded("Busy.", TimeSpan.FromMilliseconds(milliseconds)).WriteAsync(context);

        Assert.Equal(header, context.Response.Headers.RetryAfter);
        Assert.Equal(milliseconds, Body(context).GetProperty("retryAfterMs").GetInt32());
    }

    [Fact]
    public async Task A_refused_credential_is_told_from_a_missing_one()
    {
        var context = Context();
        await Problem.Unauthenticated("Expired.", credentialRefused: true).WriteAsync(context);

        Assert.Equal("Bearer error=\"invalid_token\"", context.Response.Headers.WWWAuthenticate);
    }

    [Fact]
    public void A_bad_field_is_named_in_errors_and_in_the_detail()
    {
        var problem = Problem.InvalidField("limit", "a whole number above 0");

        Assert.Equal(["limit must be a whole number above 0."], problem.Errors!["limit"]);
        Assert.Equal("limit must be a whole number above 0.", problem.Detail);
        Assert.Contains("\"errors\":{\"limit\":[\"limit must be a whole number above 0.\"]}", problem.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_sent_is_echoed_short_and_escaped()
    {
        var hostile = "<script>\"\r\n\0\u2028\ud83d" + new string('x', 10_000);

        var json = Problem.InvalidChannel("channel", hostile).ToJson();

        Assert.InRange(json.Length, 1, 600);
        Assert.DoesNotContain(json, char.IsControl);
        Assert.StartsWith("'<script>\"\r\n\0\u2028\ufffd", JsonDocument.Parse(json).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_echo_is_not_cut_inside_a_character()
    {
        var json = Problem.InvalidChannel("channel", new string('x', 63) + "😀😀").ToJson();

        Assert.StartsWith(
            $"'{new string('x', 63)}…' is", JsonDocument.Parse(json).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_channel_names_its_field() =>
        Assert.StartsWith("channels[2] must name a channel", Problem.InvalidChannel("channels[2]", null).Detail, StringComparison.Ordinal);

    private static DefaultHttpContext Context() => new() { Response = { Body = new MemoryStream() } };

    private static byte[] Bytes(HttpContext context) => ((MemoryStream)context.Response.Body).ToArray();

    private static JsonElement Body(HttpContext context) => JsonSerializer.Deserialize<JsonElement>(Bytes(context));
}
