using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Transports.Problems;

namespace Realtime.Server.Tests.Operations;

/// <summary>The document is written by hand, so that it reads well; these facts keep it true.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private readonly WebApplicationFactory<Program> _server =
        new WebApplicationFactory<Program>().WithWebHostBuilder(host => host.UseSetting("Realtime:Store:Kind", "memory")
            .UseSetting("Realtime:WebPush:Enabled", "true").UseSetting("Realtime:WebPush:Subject", "mailto:operator@chat.example"));

    private HttpClient _http = null!;
    private JsonElement _document;

    public async ValueTask InitializeAsync()
    {
        _http = _server.CreateClient();
        _document = await _http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public void It_holds_every_address_and_method_that_is_served_and_no_other()
    {
        var served = _server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RefusalEndpoint>() is null)
            .Select(endpoint => (Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods))
            // The hub speaks SignalR's protocol, which OpenAPI has no words for; CONNECT is how HTTP/2 opens the WebSocket of GET.
            .Where(endpoint => !endpoint.Path.StartsWith("/hub", StringComparison.Ordinal))
            .SelectMany(endpoint => (endpoint.HttpMethods ?? ["GET"]).Where(method => method != "CONNECT").Select(method => $"{method} {endpoint.Path}"));
        var documented = _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Where(member => member.Name != "parameters").Select(member => $"{member.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(served.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_component_is_used()
    {
        var references = References(_document).ToHashSet();
        foreach (var reference in references) Resolve(reference);

        var components = _document.GetProperty("components").EnumerateObject().Where(kind => kind.Name != "securitySchemes")
            .SelectMany(kind => kind.Value.EnumerateObject().Select(one => $"#/components/{kind.Name}/{one.Name}"));
        Assert.Empty(components.Except(references));
    }

    [Fact]
    public async Task Every_problem_of_the_catalogue_is_in_it()
    {
        var documented = Resolve("#/components/schemas/Problem").GetProperty("properties").GetProperty("type").GetProperty("enum")
            .EnumerateArray().Select(one => one.GetString());
        var catalogue = typeof(Problem).GetMethods().Where(method => method.IsStatic && method.ReturnType == typeof(Problem))
            .Select(method => (Problem)method.Invoke(null, [.. method.GetParameters().Select(Argument)])!);

        Assert.Equal(catalogue.Select(problem => "urn:realtime:" + problem.Name).Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        Check(Resolve("#/components/schemas/Problem"), await (await _http.GetAsync("/api/stats", Cancelled)).Content.ReadFromJsonAsync<JsonElement>(Cancelled), "problem");

        static object? Argument(System.Reflection.ParameterInfo parameter) =>
            parameter.ParameterType == typeof(TimeSpan) ? TimeSpan.Zero : parameter.ParameterType == typeof(bool) ? false : "x";
    }

    [Fact]
    public async Task Answers_have_the_members_that_it_says()
    {
        var token = await AskAsync(HttpMethod.Post, "/api/demo/token", "/api/demo/token", new { user = "alice" }, 200);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.GetProperty("token").GetString());

        await AskAsync(HttpMethod.Post, "/api/tickets", "/api/tickets", null, 200);
        await AskAsync(HttpMethod.Post, "/api/channels/room:a/messages", "/api/channels/{channel}/messages", new { id = "1", data = "x" }, 201);
        await AskAsync(HttpMethod.Post, "/api/channels/room:a/messages", "/api/channels/{channel}/messages", new { id = "1", data = "x" }, 200);
        await AskAsync(HttpMethod.Post, "/api/channels/room:a/messages", "/api/channels/{channel}/messages", new { id = "1", data = "y" }, 409);
        await AskAsync(HttpMethod.Post, "/api/publish", "/api/publish", new { messages = new object[] { new { channel = "room:b", data = 1 }, new { channel = ":" } } }, 200);
        await AskAsync(HttpMethod.Post, "/api/broadcast", "/api/broadcast", new { channels = new List<string> { "room:b" }, data = 1 }, 200);
        await AskAsync(HttpMethod.Get, "/api/channels/room:a/messages?after=0", "/api/channels/{channel}/messages", null, 200);
        await AskAsync(HttpMethod.Get, "/api/poll?channels=room:a&cursor=earliest", "/api/poll", null, 200);
        await AskAsync(HttpMethod.Post, "/api/poll", "/api/poll", new { channels = new List<string> { "room:a" }, cursor = "earliest" }, 200);
        await AskAsync(HttpMethod.Get, "/api/poll?channels=room:a&cursor=forged", "/api/poll", null, 400);
        await AskAsync(HttpMethod.Get, "/api/channels/room:a/presence", "/api/channels/{channel}/presence", null, 200);
        await AskAsync(HttpMethod.Get, "/api/channels/posts:a/presence", "/api/channels/{channel}/presence", null, 404);
        const string consumer = "/api/channels/{channel}/consumers/{consumer}";
        await AskAsync(HttpMethod.Put, "/api/channels/room:a/consumers/me", consumer, new { offset = 1 }, 200);
        await AskAsync(HttpMethod.Get, "/api/channels/room:a/consumers/me", consumer, null, 200);
        await AskAsync(HttpMethod.Get, "/api/channels/room:a/consumers/worker/messages", consumer + "/messages", null, 200);
        await AskAsync(HttpMethod.Get, "/api/inbox", "/api/inbox", null, 200);
        await AskAsync(HttpMethod.Post, "/api/posts", "/api/posts", new { id = "1", data = "x" }, 201);
        await AskAsync(HttpMethod.Get, "/api/timeline", "/api/timeline", null, 200);
        await AskAsync(HttpMethod.Get, "/api/users/alice/followers", "/api/users/{user}/followers", null, 200);
        await AskAsync(HttpMethod.Get, "/api/push/key", "/api/push/key", null, 200);
        await AskAsync(HttpMethod.Put, "/api/push/subscriptions", "/api/push/subscriptions", new { endpoint = "http://push.example" }, 400);
        await AskAsync(HttpMethod.Delete, "/api/push/subscriptions", "/api/push/subscriptions", new { endpoint = "https://push.example" }, 404);
        await AskAsync(HttpMethod.Get, "/api/stats", "/api/stats", null, 200);
        await AskAsync(HttpMethod.Get, "/readyz", "/readyz", null, 200);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private async Task<JsonElement> AskAsync(HttpMethod method, string address, string path, object? body, int status)
    {
        var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        var response = await _http.SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(status == (int)response.StatusCode, $"{method} {address}: {(int)response.StatusCode} {text}");

        var operation = _document.GetProperty("paths").GetProperty(path).GetProperty(method.Method.ToLowerInvariant());
        var content = Resolved(operation.GetProperty("responses").GetProperty($"{status}")).GetProperty("content");
        var answer = JsonSerializer.Deserialize<JsonElement>(text);
        Check(content.GetProperty(response.Content.Headers.ContentType!.MediaType!).GetProperty("schema"), answer, $"{method} {address}");
        return answer;
    }

    /// <summary>Compares members by name: what is required is there, and what is there is told.</summary>
    private void Check(JsonElement schema, JsonElement value, string place)
    {
        schema = Resolved(schema);
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            schema = Resolved(choices.EnumerateArray().First(one => Resolved(one).GetProperty("required").EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))));
        }

        if (schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray()) Check(items, item, place + "[]");
        }

        if (schema.TryGetProperty("required", out var required))
            Assert.Empty(required.EnumerateArray().Select(one => one.GetString()!).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{place} lacks {name}"));
        if (!schema.TryGetProperty("properties", out var properties)) return;
        foreach (var member in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(member.Name, out var property), $"{place} has {member.Name}, of which the document knows nothing.");
            Check(property, member.Value, $"{place}.{member.Name}");
        }
    }

    private JsonElement Resolved(JsonElement schema) => schema.TryGetProperty("$ref", out var reference) ? Resolve(reference.GetString()!) : schema;

    private JsonElement Resolve(string reference) => reference.TrimStart('#', '/').Split('/').Aggregate(_document, (place, name) =>
        place.TryGetProperty(name, out var next) ? next : throw new KeyNotFoundException(reference));

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.NameEquals("$ref") ? [member.Value.GetString()!] : References(member.Value)),
        _ => [],
    };
}
