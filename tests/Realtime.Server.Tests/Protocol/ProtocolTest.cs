using System.Text;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>A user of the shared server, and what the facts about the protocol have in common.</summary>
public abstract class ProtocolTest(SharedServer server) : IAsyncLifetime
{
    private protected ServerClient Alice { get; private set; } = null!;

    private protected SharedServer Server => server;

    /// <summary>A channel that no other test uses.</summary>
    private protected string Channel { get; } = $"room:{Guid.NewGuid():N}";

    private protected string Messages => $"api/channels/{Channel}/messages";

    public async ValueTask InitializeAsync() => Alice = await ServerClient.SignInAsync(server.Address);

    public ValueTask DisposeAsync()
    {
        Alice.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected Task<HttpResponseMessage> PublishAsync(string body, params string[] headers) => Alice.PostAsync(Messages, body, headers);

    private protected static HttpContent Content(byte[] body, string? contentType)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", contentType));
        return content;
    }

    private protected static HttpContent Content(string body, string? contentType) => Content(Encoding.UTF8.GetBytes(body), contentType);

    /// <summary>The answer is the problem document of this status and name.</summary>
    private protected static async Task<JsonElement> RefusedAsync(HttpResponseMessage response, int status, string name, string? field = null)
    {
        using (response)
        {
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            var problem = await ServerClient.JsonAsync(response);
            AssertProblem(problem, status, name);
            if (field is not null)
                Assert.NotEmpty(problem.GetProperty("errors").GetProperty(field).EnumerateArray());
            return problem;
        }
    }

    private protected static void AssertProblem(JsonElement problem, int status, string name)
    {
        Assert.Equal(("urn:realtime:" + name, status), (problem.GetProperty("type").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }
}
